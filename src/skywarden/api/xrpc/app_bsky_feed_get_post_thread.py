"""app.bsky.feed.getPostThread: a post with what it answers and its answers, as the AppView says."""

from skywarden.api.proxied import from_appview

METHOD = from_appview("app.bsky.feed.getPostThread")
