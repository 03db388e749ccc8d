"""chat.bsky.moderation.getConvoMembers: who is in a conversation, as the chat service says."""

from skywarden.api.proxied import from_chat

METHOD = from_chat("chat.bsky.moderation.getConvoMembers")
