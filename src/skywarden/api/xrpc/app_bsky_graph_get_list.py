"""app.bsky.graph.getList: a list and its members, as the AppView says."""

from skywarden.api.proxied import from_appview

METHOD = from_appview("app.bsky.graph.getList")
