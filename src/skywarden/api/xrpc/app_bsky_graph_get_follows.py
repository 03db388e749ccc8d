"""app.bsky.graph.getFollows: whom an account follows, as the AppView says."""

from skywarden.api.proxied import from_appview

METHOD = from_appview("app.bsky.graph.getFollows")
