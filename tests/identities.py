"""Make accounts with keys and a resolver that knows them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.identity.resolver import StaticResolver
from skywarden.atproto.keys import Curve, PrivateKey
from skywarden.kernel.ids import Did


@dataclass(frozen=True, slots=True)
class Person:
    """An account and its signing key."""

    did: Did
    key: PrivateKey

    def document(self) -> DidDocument:
        method = {
            "id": f"{self.did}#atproto",
            "type": "Multikey",
            "controller": self.did,
            "publicKeyMultibase": self.key.public.multibase,
        }
        return DidDocument.from_json(self.did, json.dumps({"id": self.did, "verificationMethod": [method]}).encode())


def make_person(name: str, number: int, curve: Curve = "k256") -> Person:
    """`name` is 24 characters of base32; `number` makes the key."""
    return Person(Did(f"did:plc:{name}"), PrivateKey.from_hex(f"{number:064x}", curve))


ALICE = make_person("a" * 24, 101)
BOB = make_person("b" * 24, 102, "p256")

ADMIN = make_person("admin".ljust(24, "a"), 201)
MODERATOR = make_person("moderator".ljust(24, "a"), 202)
TRIAGE = make_person("triage".ljust(24, "a"), 203, "p256")
VERIFIER = make_person("verifier".ljust(24, "a"), 204)
DISABLED = make_person("disabled".ljust(24, "a"), 205)
"""A team; DISABLED was a moderator."""


def resolver_of(people: Iterable[Person]) -> StaticResolver:
    return StaticResolver({person.did: person.document() for person in people})
