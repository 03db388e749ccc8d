"""app.bsky.graph.getFollowers: who follows an account, as the AppView says."""

from skywarden.api.proxied import from_appview

METHOD = from_appview("app.bsky.graph.getFollowers")
