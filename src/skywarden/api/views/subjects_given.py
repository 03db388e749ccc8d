"""The subjects that clients name in a body, to our own form and back."""

import msgspec

from skywarden.api.answers import invalid
from skywarden.api.formats import AtUriText, CidText, DidText
from skywarden.api.views.json import Json
from skywarden.atproto.syntax.at_uri import parse_at_uri
from skywarden.atproto.syntax.did import is_did
from skywarden.kernel.ids import Did
from skywarden.model.subject import Subject

_CONVO_CHARACTERS = 128


class RepoRef(msgspec.Struct, frozen=True, tag_field="$type", tag="com.atproto.admin.defs#repoRef"):
    """An account."""

    did: DidText


class StrongRef(msgspec.Struct, frozen=True, tag_field="$type", tag="com.atproto.repo.strongRef"):
    """One version of a record."""

    uri: AtUriText
    cid: CidText


class ConvoRef(msgspec.Struct, frozen=True, rename="camel", tag_field="$type", tag="chat.bsky.convo.defs#convoRef"):
    """A conversation, as one account takes part in it."""

    did: DidText
    convo_id: str


class MessageRef(msgspec.Struct, frozen=True, rename="camel", tag_field="$type", tag="chat.bsky.convo.defs#messageRef"):
    """A message that the account wrote."""

    did: DidText
    convo_id: str
    message_id: str


GivenSubject = RepoRef | StrongRef | ConvoRef | MessageRef


def subject_given(given: GivenSubject) -> Subject:
    """Read what a body names. Raises: Rejected InvalidRequest."""
    match given:
        case RepoRef():
            return Subject.account(given.did)
        case StrongRef():
            parts = parse_at_uri(given.uri)
            if parts.collection is None or parts.rkey is None or not is_did(parts.authority):
                raise invalid("subject.uri", "at://DID/COLLECTION/RKEY", repr(given.uri))
            return Subject.record(Did(parts.authority), parts.collection, parts.rkey, given.cid)
        case ConvoRef():
            return Subject.conversation(given.did, _plain("convoId", given.convo_id))
        case MessageRef():
            message_id = _plain("messageId", given.message_id)
            return Subject.conversation(given.did, _plain("convoId", given.convo_id), message_id)


def subject_json(subject: Subject) -> Json:
    """Name a subject as com.atproto and chat.bsky name such things."""
    if subject.is_account:
        return {"$type": "com.atproto.admin.defs#repoRef", "did": subject.did}
    if subject.is_record:
        return {"$type": "com.atproto.repo.strongRef", "uri": subject.uri, "cid": subject.cid}
    if not subject.message_id:
        return {"$type": "chat.bsky.convo.defs#convoRef", "did": subject.did, "convoId": subject.convo_id}
    message = {"did": subject.did, "convoId": subject.convo_id, "messageId": subject.message_id}
    return {"$type": "chat.bsky.convo.defs#messageRef", **message}


def _plain(name: str, text: str) -> str:
    if not 0 < len(text) <= _CONVO_CHARACTERS or not text.isascii() or not text.isprintable():
        raise invalid(f"subject.{name}", f"1 to {_CONVO_CHARACTERS} printable ASCII characters", repr(text[:40]))
    return text
