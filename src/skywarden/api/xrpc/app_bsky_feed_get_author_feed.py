"""app.bsky.feed.getAuthorFeed: an account's posts, as the AppView says."""

from skywarden.api.proxied import from_appview

METHOD = from_appview("app.bsky.feed.getAuthorFeed")
