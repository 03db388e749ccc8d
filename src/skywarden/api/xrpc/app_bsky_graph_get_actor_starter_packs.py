"""app.bsky.graph.getActorStarterPacks: an account's starter packs, as the AppView says."""

from skywarden.api.proxied import from_appview

METHOD = from_appview("app.bsky.graph.getActorStarterPacks")
