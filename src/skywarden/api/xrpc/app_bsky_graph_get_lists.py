"""app.bsky.graph.getLists: an account's lists, as the AppView says."""

from skywarden.api.proxied import from_appview

METHOD = from_appview("app.bsky.graph.getLists")
