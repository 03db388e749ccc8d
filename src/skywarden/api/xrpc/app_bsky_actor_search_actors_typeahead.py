"""app.bsky.actor.searchActorsTypeahead: accounts for what is typed so far, as the AppView says."""

from skywarden.api.proxied import from_appview

METHOD = from_appview("app.bsky.actor.searchActorsTypeahead")
