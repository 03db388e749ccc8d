"""app.bsky.feed.getFeedGenerator: a feed generator, as the AppView says."""

from skywarden.api.proxied import from_appview

METHOD = from_appview("app.bsky.feed.getFeedGenerator")
