"""chat.bsky.moderation.getActorMetadata: how much an account chats, as the chat service says."""

from skywarden.api.proxied import from_chat

METHOD = from_chat("chat.bsky.moderation.getActorMetadata")
