"""Keep what the engine found and proposed, durably and once, until moderation has answered it.

Retry: the same hits and effects may be stored again; those already there are left as they are.
Crash: the offset that `committed` returns is never ahead of its hits and effects (INV-2).
Two writers: one engine per consumer name; the offset never moves back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select, update
from sqlalchemy import Row as SqlRow

from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Cid, Did, Offset, UtcMicros
from skywarden.model.effect import Effect, EffectKind, EffectOptions, Limits
from skywarden.model.hit import Hit
from skywarden.model.subject import Subject
from skywarden.moderation.delays import due_us, read_delay_seed
from skywarden.moderation.rechecks import ask_rechecks
from skywarden.moderation.releases.sample import draw_sample
from skywarden.moderation.tallies import count_hits
from skywarden.storage import Database
from skywarden.storage.tables import CONSUMER_OFFSET, EFFECT, HIT, RULE_TALLY

Row = dict[str, object]

SAMPLE = 200
"""Shadow hits of each rule version that are drawn for review, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class PendingEffect:
    """An effect that has no decision yet, with its place in the outbox."""

    number: int
    effect: Effect


@dataclass(frozen=True, slots=True)
class RuleHits:
    """How often one version of a rule was true, acting and in shadow, and when last (event time)."""

    rule: str
    version: str
    hits: int
    last_hit_us: UtcMicros
    shadow_hits: int = 0


class Outbox:
    """The engine's EffectSink over SQL."""

    def __init__(self, db: Database, clock: Clock, consumer: str = "engine", *, sample: int = SAMPLE) -> None:
        self._db = db
        self._clock = clock
        self._seed: bytes | None = None
        self._consumer = consumer
        self._sample = sample

    def committed(self) -> Offset:
        """Offset after the last event whose hits and effects are durable."""
        with self._db.read() as tx:
            return self._committed(tx)

    def store(self, hits: Sequence[Hit], effects: Sequence[Effect], upto: Offset) -> None:
        """Make hits, effects, asked-for looks and the offset durable in one step."""
        rows = [self._effect_row(effect) for effect in effects if effect.kind is not EffectKind.RECHECK]
        looks = [effect for effect in effects if effect.kind is EffectKind.RECHECK]
        asking = {(look.offset, look.rule) for look in looks}
        hits = [hit for hit in hits if (hit.offset, hit.rule) not in asking]
        with self._db.write("outbox.store") as tx:
            if hits:
                self._store_hits(tx, hits)
            if rows:
                tx.execute(self._db.insert_or_ignore(EFFECT), rows)
            ask_rechecks(self._db, tx, looks, self._clock.now_us())
            self._move_offset(tx, upto)

    def pending_effects(self) -> int:
        """How many effects wait for a decision."""
        with self._db.read() as tx:
            query = select(func.count()).select_from(EFFECT).where(EFFECT.c.decided.is_(False))
            return int(tx.execute(query).scalar_one())

    def hits_per_rule(self) -> list[RuleHits]:
        """Every rule version that was ever true, by name."""
        with self._db.read() as tx:
            rows = tx.execute(select(RULE_TALLY).order_by(RULE_TALLY.c.rule, RULE_TALLY.c.version))
            return [
                RuleHits(row.rule, row.version, row.hits, UtcMicros(row.last_hit_us), row.shadow_hits) for row in rows
            ]

    def _effect_row(self, effect: Effect) -> Row:
        if self._seed is None and effect.options.delay_us is not None:
            self._seed = read_delay_seed(self._db)
        return _effect_row(effect, due_us(effect, self._seed or b""))

    def _committed(self, tx: Connection) -> Offset:
        query = select(CONSUMER_OFFSET.c.log_offset).where(CONSUMER_OFFSET.c.consumer == self._consumer)
        return Offset(tx.execute(query).scalar_one_or_none() or 0)

    def _move_offset(self, tx: Connection, upto: Offset) -> None:
        tx.execute(self._db.insert_or_ignore(CONSUMER_OFFSET), {"consumer": self._consumer, "log_offset": 0})
        row = CONSUMER_OFFSET.c.consumer == self._consumer
        tx.execute(
            update(CONSUMER_OFFSET).where(row, CONSUMER_OFFSET.c.log_offset < upto).values(log_offset=upto),
        )

    def _store_hits(self, tx: Connection, hits: Sequence[Hit]) -> None:
        known = self._known_hits(tx, hits)
        new = {_hit_key(hit): hit for hit in hits if _hit_key(hit) not in known}
        if not new:
            return
        tx.execute(self._db.insert_or_ignore(HIT), [_hit_row(hit) for hit in new.values()])
        count_hits(self._db, tx, list(new.values()))
        draw_sample(self._db, tx, [hit for hit in new.values() if hit.is_shadow], self._sample)

    def _known_hits(self, tx: Connection, hits: Sequence[Hit]) -> set[tuple[int, str, str]]:
        offsets = [hit.offset for hit in hits]
        query = select(HIT.c.log_offset, HIT.c.rule, HIT.c.version).where(
            HIT.c.log_offset.between(min(offsets), max(offsets))
        )
        return {(row.log_offset, row.rule, row.version) for row in tx.execute(query)}


def any_due(tx: Connection, now_us: UtcMicros) -> bool:
    """Say whether an effect is to be decided now, at the cost of one index look-up."""
    due = select(EFFECT.c.number).where(EFFECT.c.decided.is_(False), EFFECT.c.due_us <= now_us)
    return tx.execute(due.limit(1)).first() is not None


def lock_due(tx: Connection, now_us: UtcMicros, limit: int) -> list[PendingEffect]:
    """Take the effects that are due, those without a delay first and in their order.

    Other workers pass over them until this transaction ends.
    """
    query = (
        select(EFFECT)
        .where(EFFECT.c.decided.is_(False), EFFECT.c.due_us <= now_us)
        .order_by(EFFECT.c.due_us, EFFECT.c.number)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [PendingEffect(row.number, effect_of(row)) for row in tx.execute(query)]


def mark_decided(tx: Connection, pending: Sequence[PendingEffect]) -> None:
    """Take the effects out of the outbox, in the transaction that writes their decisions."""
    numbers = [item.number for item in pending]
    tx.execute(update(EFFECT).where(EFFECT.c.number.in_(numbers)).values(decided=True))


def _hit_key(hit: Hit) -> tuple[int, str, str]:
    return hit.offset, hit.rule, hit.version


def _hit_row(hit: Hit) -> Row:
    return {
        "log_offset": hit.offset,
        "rule": hit.rule,
        "version": hit.version,
        "time_us": hit.time_us,
        "did": hit.did,
        "uri": hit.uri,
        "reason": hit.reason,
        "values_json": _json(hit.values),
        "is_shadow": hit.is_shadow,
    }


def _effect_row(effect: Effect, due: int) -> Row:
    return {
        "effect_id": effect.effect_id,
        "rule": effect.rule,
        "version": effect.version,
        "log_offset": effect.offset,
        "time_us": effect.time_us,
        "kind": effect.kind.value,
        "value": effect.value,
        "did": effect.subject.did,
        "uri": effect.subject.uri,
        "cid": effect.subject.cid,
        "reason": effect.reason,
        "values_json": _json(effect.values),
        "options_json": msgspec.json.encode(_Options(effect.limits, effect.options, effect.caused_by)).decode(),
        "due_us": due,
        "decided": False,
    }


class _Options(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `options_json` holds."""

    limits: Limits = Limits()
    options: EffectOptions = EffectOptions()
    caused_by: tuple[str, ...] = ()


def effect_of(row: SqlRow[Any]) -> Effect:
    """The effect of a row of the outbox."""
    given = msgspec.json.decode(row.options_json, type=_Options)
    return Effect(
        effect_id=row.effect_id,
        rule=row.rule,
        version=row.version,
        offset=Offset(row.log_offset),
        time_us=UtcMicros(row.time_us),
        kind=EffectKind(row.kind),
        value=row.value,
        subject=Subject(Did(row.did), row.uri, None if row.cid is None else Cid(row.cid)),
        reason=row.reason,
        values=msgspec.json.decode(row.values_json),
        limits=given.limits,
        options=given.options,
        caused_by=given.caused_by,
    )


def _json(values: object) -> str:
    return msgspec.json.encode(values, order="sorted").decode()
