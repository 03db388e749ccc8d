"""app.bsky.feed.searchPosts: posts that match words, as the AppView says."""

from skywarden.api.proxied import from_appview

METHOD = from_appview("app.bsky.feed.searchPosts")
