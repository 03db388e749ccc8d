"""app.bsky.actor.getProfiles: profiles of several accounts, as the AppView says."""

from skywarden.api.proxied import from_appview

METHOD = from_appview("app.bsky.actor.getProfiles")
