"""Call off what a rule has proposed and nobody has decided yet, and the second looks that it asked for.

A proposal that is called off has an answer like every other one, so that it is never decided.
"""

import hashlib
from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from skywarden.moderation.outbox import PendingEffect, effect_of
from skywarden.moderation.undo.runs import Selection
from skywarden.storage import Database
from skywarden.storage.tables import DECISION, EFFECT, RECHECK


def lock_pending(tx: Connection, asked: Selection, limit: int) -> list[PendingEffect]:
    """Effects of the selection, by the time of their events, that are not decided yet."""
    query = select(EFFECT).where(*_pending(asked)).order_by(EFFECT.c.due_us, EFFECT.c.number).limit(limit)
    return [PendingEffect(row.number, effect_of(row)) for row in tx.execute(query.with_for_update())]


def count_pending(tx: Connection, asked: Selection) -> int:
    """How many effects wait for a decision."""
    return int(tx.execute(select(func.count()).select_from(EFFECT).where(*_pending(asked))).scalar_one())


def _pending(asked: Selection) -> list[ColumnElement[bool]]:
    columns = EFFECT.c
    where = [columns.decided.is_(False), columns.rule == asked.rule]
    if asked.version is not None:
        where.append(columns.version == asked.version)
    return [*where, columns.time_us >= asked.since_us, columns.time_us < asked.until_us]


def looks_of(tx: Connection, asked: Selection) -> list[Any]:
    """The rows of second looks that the rule asked for in the period; a look names no version."""
    if asked.version is not None or asked.decision is not None:
        return []
    began_us = RECHECK.c.due_us - RECHECK.c.after_us
    query = select(RECHECK).where(RECHECK.c.place.is_(None), began_us >= asked.since_us, began_us < asked.until_us)
    return [row for row in tx.execute(query) if asked.rule in _rules(row)]


def forget_looks(tx: Connection, asked: Selection) -> int:
    """Call the looks off for this rule; return how many."""
    rows = looks_of(tx, asked)
    for row in rows:
        mine = (RECHECK.c.log_offset == row.log_offset, RECHECK.c.after_us == row.after_us)
        others = [rule for rule in _rules(row) if rule != asked.rule]
        if others:
            tx.execute(update(RECHECK).where(*mine).values(rules_json=msgspec.json.encode(others).decode()))
        else:
            tx.execute(delete(RECHECK).where(*mine))
    return len(rows)


def _rules(row: Any) -> list[str]:
    return msgspec.json.decode(row.rules_json, type=list[str])


def propose_again(db: Database, tx: Connection, run: int, decisions: Collection[int]) -> None:
    """Put what was called off into the outbox again, under names of its own, to be decided when it is due."""
    query = (
        select(EFFECT)
        .join(DECISION, DECISION.c.cause == EFFECT.c.effect_id)
        .where(DECISION.c.id.in_(decisions))
        .order_by(EFFECT.c.number)
    )
    rows = [dict(row._mapping) for row in tx.execute(query)] if decisions else []
    for row in rows:
        del row["number"]
        name = f"undo {run} puts back {row['effect_id']}"
        row |= {"effect_id": hashlib.sha256(name.encode()).hexdigest()[:32], "decided": False}
    if rows:
        tx.execute(db.insert_or_ignore(EFFECT), rows)
