"""What a report, an effect, a decision or a label is about."""

from dataclasses import dataclass

from skywarden.kernel.ids import Cid, Did


@dataclass(frozen=True, slots=True)
class Subject:
    """An account (`uri == did`) or one record (`uri` is an at-uri, `cid` pins a version if known)."""

    did: Did
    uri: str
    cid: Cid | None = None

    @classmethod
    def account(cls, did: Did) -> "Subject":
        return cls(did=did, uri=did)

    @classmethod
    def record(cls, did: Did, collection: str, rkey: str, cid: Cid | None = None) -> "Subject":
        return cls(did=did, uri=f"at://{did}/{collection}/{rkey}", cid=cid)

    @property
    def is_account(self) -> bool:
        return self.uri == self.did

    @property
    def record_path(self) -> str:
        """`collection/rkey`, or "" for an account."""
        return "" if self.is_account else self.uri.removeprefix(f"at://{self.did}/")
