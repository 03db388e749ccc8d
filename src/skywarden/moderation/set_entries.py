"""Put values into named sets: the one place that writes entries, for people and for rules, and keeps their counts.

A rule's `add_to_set("x")` and the set "x" of people are one set; `add_to_list("x")` is the set "list/x".
Two writers: the set's row is locked first, so that its size is exact and its entries' ids grow in commit order.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection, Delete, Update, delete, insert, select, update

from skywarden.kernel.ids import UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.storage import Database
from skywarden.storage.tables import VALUE_SET, VALUE_SET_ENTRY

_LIST_NAMES = "list/"
_KEYS_AT_ONCE = 500


def value_key(value: str) -> str:
    """The key under which any text is found in a set; texts of the same key are the same."""
    return hashlib.sha256(value.encode()).hexdigest()[:40]


def set_name(kind: EffectKind, value: str) -> str:
    """The name of the set that an effect adds to."""
    return f"{_LIST_NAMES}{value}" if kind is EffectKind.ADD_TO_LIST else value


def set_effect(name: str) -> tuple[EffectKind, str]:
    """The effect that adds to the set of this name."""
    if name.startswith(_LIST_NAMES):
        return EffectKind.ADD_TO_LIST, name.removeprefix(_LIST_NAMES)
    return EffectKind.ADD_TO_SET, name


def lock_sets(db: Database, tx: Connection, names: Iterable[str], now_us: UtcMicros) -> dict[str, int]:
    """Lock the sets of these names, made here where they are missing; return their ids."""
    wanted = sorted(set(names))
    made = [{"name": name, "size": 0, "created_us": now_us, "updated_us": now_us} for name in wanted]
    tx.execute(db.insert_or_ignore(VALUE_SET), made)
    query = select(VALUE_SET.c.id, VALUE_SET.c.name).where(VALUE_SET.c.name.in_(wanted))
    return {row.name: row.id for row in tx.execute(query.order_by(VALUE_SET.c.id).with_for_update())}


def add_entries(tx: Connection, set_id: int, values: Mapping[str, int | None], now_us: UtcMicros) -> list[str]:
    """Add values, each with its decision (None: a person's), to a set that is locked; return the new ones.

    What a rule had put there and a person adds is the person's from then on.
    """
    keys = {value_key(value): value for value in values}
    there = _present(tx, set_id, list(keys))
    confirmed = [key for key, value in keys.items() if key in there and values[value] is None]
    for some in _chunks(sorted(confirmed)):
        tx.execute(_entries(set_id, some, update(VALUE_SET_ENTRY)).values(decision_id=None))
    added = [(key, value) for key, value in keys.items() if key not in there]
    if added:
        tx.execute(
            insert(VALUE_SET_ENTRY),
            [
                {"set_id": set_id, "value_key": key, "value": value, "decision_id": values[value], "added_us": now_us}
                for key, value in added
            ],
        )
    _resize(tx, set_id, len(added), now_us)
    return [value for _, value in added]


def remove_entries(tx: Connection, set_id: int, values: Sequence[str], now_us: UtcMicros) -> list[str]:
    """Remove values from a set that is locked; return those that were in it."""
    keys = {value_key(value): value for value in values}
    there = _present(tx, set_id, list(keys))
    for some in _chunks(sorted(there)):
        tx.execute(_entries(set_id, some, delete(VALUE_SET_ENTRY)))
    _resize(tx, set_id, -len(there), now_us)
    return [value for key, value in keys.items() if key in there]


E = TypeVar("E", Update, Delete)


def _entries(set_id: int, keys: Sequence[str], change: E) -> E:
    return change.where(VALUE_SET_ENTRY.c.set_id == set_id, VALUE_SET_ENTRY.c.value_key.in_(keys))


def _present(tx: Connection, set_id: int, keys: Sequence[str]) -> set[str]:
    found = set[str]()
    for some in _chunks(keys):
        query = select(VALUE_SET_ENTRY.c.value_key)
        found.update(
            tx.execute(query.where(VALUE_SET_ENTRY.c.set_id == set_id, VALUE_SET_ENTRY.c.value_key.in_(some))).scalars()
        )
    return found


def _chunks(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[start : start + _KEYS_AT_ONCE] for start in range(0, len(keys), _KEYS_AT_ONCE))


def _resize(tx: Connection, set_id: int, by: int, now_us: UtcMicros) -> None:
    grown = {"size": VALUE_SET.c.size + by, "updated_us": now_us}
    tx.execute(update(VALUE_SET).where(VALUE_SET.c.id == set_id).values(grown))
