"""Take back what rules did beside the subject's status: entries of sets and messages to webhooks.

Two writers: the sets are locked, so nobody puts the same entry in or takes it out meanwhile.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update

from skywarden.kernel.ids import UtcMicros
from skywarden.model.effect import EffectKind
from skywarden.moderation.deliveries import CANCELLED, WAITING
from skywarden.moderation.set_entries import add_entries, lock_sets, remove_entries, set_name, value_key
from skywarden.moderation.undo.judge import Finding, ItemState, Why
from skywarden.moderation.undo.past import Answer
from skywarden.storage import Database
from skywarden.storage.prepared import Prepared
from skywarden.storage.tables import DELIVERY, VALUE_SET, VALUE_SET_ENTRY

SETS = frozenset({EffectKind.ADD_TO_SET, EffectKind.ADD_TO_LIST})
BESIDE = SETS | {EffectKind.NOTIFY, EffectKind.COMMENT}
"""Kinds that leave the status as it is."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision that put a subject into a set."""

    answer: Answer
    uri: str

    @property
    def name(self) -> str:
        """The set's name."""
        return set_name(self.answer.kind, self.answer.value)


def wishers_of(answers: Iterable[Answer], uri: str, after: Collection[int]) -> dict[tuple[str, str], int]:
    """By set and uri: the newest decision of a rule that found the subject in the set, and counts after the undo."""
    wishes = (one for one in answers if one.kind in SETS and not one.applied and one.id not in after)
    return {(set_name(one.kind, one.value), uri): one.id for one in wishes}


def entries_back(
    tx: Connection, entries: Iterable[Entry], wishers: Mapping[tuple[str, str], int], ids: Mapping[str, int]
) -> dict[int, Finding]:
    """What becomes of entries that are taken back; `ids` are the sets'. Nothing is written."""
    wanted = list(entries)
    holders = _holders(tx, wanted, ids)
    return {entry.answer.id: _back(entry, holders, wishers) for entry in wanted}


def _back(
    entry: Entry, holders: Mapping[tuple[str, str], int | None], wishers: Mapping[tuple[str, str], int]
) -> Finding:
    place, mine = (entry.name, entry.uri), entry.answer
    if holders.get(place) == mine.id:
        if wishers.get(place, 0) > mine.id:
            return Finding(ItemState.SPARED, Why.RULE_KEEPS, wishers[place])
        return Finding(ItemState.DONE)
    if not mine.applied:
        return Finding(ItemState.ASKED)
    if place not in holders:
        return Finding(ItemState.GONE, Why.PERSON_ENDED)
    why = Why.PERSON_KEEPS if holders[place] is None else Why.RULE_KEEPS
    return Finding(ItemState.SPARED, why, holders[place])


def entries_again(
    tx: Connection, entries: Iterable[Entry], taken_out: Collection[int], ids: Mapping[str, int]
) -> dict[int, Finding]:
    """What becomes of entries that are put back; `taken_out` are the decisions whose entries the undo took out."""
    wanted = list(entries)
    holders = _holders(tx, wanted, ids)
    found: dict[int, Finding] = {}
    for entry in wanted:
        place, mine = (entry.name, entry.uri), entry.answer
        if mine.id not in taken_out:
            found[mine.id] = Finding(ItemState.GONE if mine.applied else ItemState.ASKED)
        elif place in holders:
            why = Why.PERSON_KEEPS if holders[place] is None else Why.RULE_KEEPS
            found[mine.id] = Finding(ItemState.SPARED, why, holders[place])
        else:
            found[mine.id] = Finding(ItemState.DONE)
    return found


def write_entries(
    tx: Connection,
    entries: Iterable[Entry],
    findings: Mapping[int, Finding],
    ids: Mapping[str, int],
    now_us: UtcMicros,
    *,
    back: bool,
) -> None:
    """Take out (`back`) or put in what the findings say; an entry that another rule wants becomes that rule's."""
    changed = defaultdict[str, dict[str, int | None]](dict)
    kept: list[dict[str, object]] = []
    for entry in entries:
        finding = findings[entry.answer.id]
        if finding.state is ItemState.DONE:
            changed[entry.name][entry.uri] = entry.answer.id
        elif back and finding.why is Why.RULE_KEEPS:
            key = {"of_set": ids[entry.name], "of_key": value_key(entry.uri), "of_decision": entry.answer.id}
            kept.append({**key, "to_decision": finding.kept_by})
    for name, values in changed.items():
        if back:
            remove_entries(tx, ids[name], list(values), now_us)
        else:
            add_entries(tx, ids[name], values, now_us)
    _GIVE.run_all(tx, kept)


def read_sets(db: Database, tx: Connection, names: Collection[str], now_us: UtcMicros, *, lock: bool) -> dict[str, int]:
    """The ids of sets by name, locked where their entries may change."""
    if not names:
        return {}
    if lock:
        return lock_sets(db, tx, names, now_us)
    query = select(VALUE_SET.c.id, VALUE_SET.c.name).where(VALUE_SET.c.name.in_(sorted(names)))
    return {row.name: row.id for row in tx.execute(query)}


def _holders(tx: Connection, entries: Collection[Entry], ids: Mapping[str, int]) -> dict[tuple[str, str], int | None]:
    """By set and uri: the decision that put it there, None for a person; nothing for what is not in the set."""
    uris = {value_key(entry.uri): entry.uri for entry in entries}
    if not uris or not ids:
        return {}
    names = {number: name for name, number in ids.items()}
    columns = VALUE_SET_ENTRY.c
    query = select(columns.set_id, columns.value_key, columns.decision_id).where(
        columns.value_key.in_(uris), columns.set_id.in_(names)
    )
    return {(names[row.set_id], uris[row.value_key]): row.decision_id for row in tx.execute(query)}


_GIVE = Prepared(
    update(VALUE_SET_ENTRY)
    .where(
        VALUE_SET_ENTRY.c.set_id == bindparam("of_set"),
        VALUE_SET_ENTRY.c.value_key == bindparam("of_key"),
        VALUE_SET_ENTRY.c.decision_id == bindparam("of_decision"),
    )
    .values(decision_id=bindparam("to_decision"))
)


def messages(
    tx: Connection, decisions: Collection[int], now_us: UtcMicros, *, back: bool, write: bool
) -> dict[int, Finding]:
    """Call off messages that were not sent yet (`back`), or have those sent after all; what was sent is final."""
    if not decisions:
        return {}
    was, becomes = (WAITING, CANCELLED) if back else (CANCELLED, WAITING)
    due = (DELIVERY.c.decision_id.in_(decisions), DELIVERY.c.state == was)
    query = select(DELIVERY.c.decision_id).where(*due).order_by(DELIVERY.c.number)
    found = set(tx.execute(query.with_for_update() if write else query).scalars())
    if write and found:
        tx.execute(update(DELIVERY).where(*due).values(state=becomes, next_us=now_us))
    called = Finding(ItemState.CANCELLED if back else ItemState.DONE)
    return {number: called if number in found else Finding(ItemState.FINAL) for number in decisions}
