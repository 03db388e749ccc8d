"""app.bsky.graph.getStarterPacks: several starter packs, as the AppView says."""

from skywarden.api.proxied import from_appview

METHOD = from_appview("app.bsky.graph.getStarterPacks")
