"""What a report, an effect, a decision or a label is about."""

from dataclasses import dataclass, replace

from skywarden.kernel.ids import Cid, Did


@dataclass(frozen=True, slots=True)
class Subject:
    """An account (`uri == did`), one record (`uri` is an at-uri, `cid` pins a version if known) or a conversation.

    A conversation is kept per account (`did`) that is looked at in it; `message_id` is one message of it.
    """

    did: Did
    uri: str
    cid: Cid | None = None
    convo_id: str = ""
    message_id: str = ""

    @classmethod
    def account(cls, did: Did) -> "Subject":
        return cls(did=did, uri=did)

    @classmethod
    def record(cls, did: Did, collection: str, rkey: str, cid: Cid | None = None) -> "Subject":
        return cls(did=did, uri=f"at://{did}/{collection}/{rkey}", cid=cid)

    @classmethod
    def conversation(cls, did: Did, convo_id: str, message_id: str = "") -> "Subject":
        return cls(did=did, uri=f"{did}#convo/{convo_id}", convo_id=convo_id, message_id=message_id)

    @property
    def is_account(self) -> bool:
        return self.uri == self.did

    @property
    def is_record(self) -> bool:
        return self.uri.startswith("at://")

    @property
    def record_path(self) -> str:
        """`collection/rkey`, or "" for what is no record."""
        return self.uri.removeprefix(f"at://{self.did}/") if self.is_record else ""

    def version(self, cid: Cid | None) -> "Subject":
        """The same subject, of this version."""
        return self if self.cid == cid else replace(self, cid=cid)
