"""app.bsky.feed.getLikes: who liked a record, as the AppView says."""

from skywarden.api.proxied import from_appview

METHOD = from_appview("app.bsky.feed.getLikes")
