"""chat.bsky.moderation.getConvo: a conversation's kind and size, as the chat service says."""

from skywarden.api.proxied import from_chat

METHOD = from_chat("chat.bsky.moderation.getConvo")
