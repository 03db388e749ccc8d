"""app.bsky.actor.getProfile: an account's profile, as the AppView says."""

from skywarden.api.proxied import from_appview

METHOD = from_appview("app.bsky.actor.getProfile")
