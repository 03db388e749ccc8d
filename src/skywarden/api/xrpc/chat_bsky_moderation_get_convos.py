"""chat.bsky.moderation.getConvos: several conversations' kind and size, as the chat service says."""

from skywarden.api.proxied import from_chat

METHOD = from_chat("chat.bsky.moderation.getConvos")
