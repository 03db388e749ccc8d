"""app.bsky.graph.getStarterPack: a starter pack, as the AppView says."""

from skywarden.api.proxied import from_appview

METHOD = from_appview("app.bsky.graph.getStarterPack")
