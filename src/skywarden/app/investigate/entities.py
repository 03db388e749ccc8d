"""Turn what an analyst writes into the thing that is meant: an account, a record, a domain, a picture or a text."""

import re
from dataclasses import dataclass
from enum import StrEnum

from skywarden.atproto.syntax.did import is_did
from skywarden.atproto.syntax.handle import is_handle
from skywarden.detectors.url.domains import link_domain, registrable_domain
from skywarden.kernel.errors import Rejected

_CID = re.compile(r"baf[a-z2-7]{50,100}", re.ASCII)


class EntityKind(StrEnum):
    ACCOUNT = "account"
    RECORD = "record"
    DOMAIN = "domain"
    IMAGE = "image"
    TEXT = "text"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Entity:
    """`value` is a DID, an at-uri, a registrable domain, a CID or words; a handle until somebody looks it up."""

    kind: EntityKind
    value: str

    @property
    def name(self) -> str:
        """As one may write it again."""
        return self.value if self.kind in (EntityKind.ACCOUNT, EntityKind.RECORD) else f"{self.kind}:{self.value}"


def read_entity(text: str) -> Entity:
    """Read did:..., @handle, at://..., a CID, a domain, or one of domain: image: text: tag: before a value.

    Raises: Rejected, with what there is to write.
    """
    text = text.strip()
    prefix, _, rest = text.partition(":")
    if text.startswith("did:") and is_did(text):
        return Entity(EntityKind.ACCOUNT, text)
    if text.startswith("at://") and text.count("/") == 4:
        return Entity(EntityKind.RECORD, text)
    if text.startswith("@") and is_handle(text[1:]):
        return Entity(EntityKind.ACCOUNT, text.lower())
    if text.startswith("#") and len(text) > 1:
        return Entity(EntityKind.TAG, text[1:])
    if prefix in ("image", "text", "tag") and rest.strip():
        return Entity(EntityKind(prefix), rest.strip())
    if _CID.fullmatch(text):
        return Entity(EntityKind.IMAGE, text)
    domain = registrable_domain(rest if prefix == "domain" else text) or link_domain(text)
    if domain:
        return Entity(EntityKind.DOMAIN, domain)
    expected = "did:..., @handle, at://DID/COLLECTION/RKEY, a domain, a CID, #tag or text:WORDS"
    raise Rejected("unknown entity", found=repr(text[:80]), expected=expected)
