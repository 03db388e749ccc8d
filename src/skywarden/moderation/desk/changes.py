"""Make edits of the desk one after the other, each with its row in the audit chain: before and after."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import msgspec
from sqlalchemy import Connection

from skywarden.kernel.ids import Did
from skywarden.moderation.audit import Change
from skywarden.storage import Database
from skywarden.storage.counters import lock_counter

_TARGET_CHARACTERS = 2_000
_TURN = "desk"


@contextmanager
def editing(db: Database, name: str) -> Iterator[Connection]:
    """Give a write transaction that no other edit of the desk overlaps: what it reads stays so until it is durable."""
    with db.write(name) as tx:
        lock_counter(db, tx, _TURN)
        yield tx


def edited(actor: Did, action: str, kind: str, name: str, before: object, after: object) -> Change:
    """`before` is None for what was made, `after` for what was removed; names are written in ASCII and cut to fit."""
    target = f"{kind}:{quote(name, safe=':/.#')}"[:_TARGET_CHARACTERS]
    return Change(actor, action, target, msgspec.json.encode({"before": before, "after": after}).decode())
