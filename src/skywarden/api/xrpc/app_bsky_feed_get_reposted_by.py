"""app.bsky.feed.getRepostedBy: who reposted a post, as the AppView says."""

from skywarden.api.proxied import from_appview

METHOD = from_appview("app.bsky.feed.getRepostedBy")
