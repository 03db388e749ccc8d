"""Show people sampled shadow hits without saying of which rule, and keep what they say of them.

Retry: a verdict said again replaces the one before. Crash: a verdict is durable with its row of audit.
Two writers: each person has a verdict of their own on a hit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, select

from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.model.hit import Value
from skywarden.moderation.audit import Change, append_audit
from skywarden.moderation.releases.moves import ascii_name
from skywarden.moderation.releases.precision import Precision, Verdict, precision_of
from skywarden.moderation.releases.states import State
from skywarden.storage import Database
from skywarden.storage.tables import HIT, RULE_REVIEW, RULE_SAMPLE, RULE_VERSION

_WAITING = (State.SHADOW.value,)


@dataclass(frozen=True, slots=True)
class Sampled:
    """A hit to be judged: what happened, and nothing of the rule."""

    number: int
    offset: Offset
    time_us: UtcMicros
    did: Did
    uri: str


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a hit once it was judged."""

    rule: str
    version: str
    reason: str
    values: Mapping[str, Value]


class Reviews:
    """The reviews of one database."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def waiting(self, reviewer: str, rule: str | None = None, *, again: bool = False, limit: int = 50) -> list[Sampled]:
        """Hits of versions in shadow that nobody has judged, in the order of the draw.

        `again`: those that others have judged and this person has not, so that their agreement is known.
        """
        judged = select(RULE_REVIEW.c.sample_number).where(RULE_REVIEW.c.sample_number == RULE_SAMPLE.c.number)
        mine = judged.where(RULE_REVIEW.c.reviewer == ascii_name(reviewer))
        open_ones = and_(judged.exists(), ~mine.exists()) if again else ~judged.exists()
        query = (
            select(RULE_SAMPLE.c.number, HIT.c.log_offset, HIT.c.time_us, HIT.c.did, HIT.c.uri)
            .join(HIT, _of_sample())
            .join(RULE_VERSION, and_(RULE_VERSION.c.rule == HIT.c.rule, RULE_VERSION.c.version == HIT.c.version))
            .where(RULE_VERSION.c.state.in_(_WAITING), open_ones)
            .order_by(RULE_SAMPLE.c.place)
            .limit(limit)
        )
        if rule is not None:
            query = query.where(RULE_SAMPLE.c.rule == rule)
        with self._db.read() as tx:
            return [
                Sampled(row.number, Offset(row.log_offset), UtcMicros(row.time_us), Did(row.did), row.uri)
                for row in tx.execute(query)
            ]

    def judge(self, number: int, verdict: Verdict, reviewer: str) -> Told:
        """Keep what a person says of a sampled hit, and tell of the rule. Raises: Rejected, where it is not drawn."""
        person, now_us = ascii_name(reviewer), self._clock.now_us()
        with self._db.write("releases.judge") as tx:
            hit = tx.execute(select(HIT).join(RULE_SAMPLE, _of_sample()).where(RULE_SAMPLE.c.number == number)).first()
            if hit is None:
                raise Rejected("not in the sample", found=str(number), hint="see: skywarden rules review")
            own = (RULE_REVIEW.c.sample_number == number, RULE_REVIEW.c.reviewer == person)
            before = tx.execute(select(RULE_REVIEW.c.verdict).where(*own)).scalar_one_or_none()
            tx.execute(delete(RULE_REVIEW).where(*own))
            row = {"sample_number": number, "reviewer": person, "verdict": verdict.value, "at_us": now_us}
            tx.execute(insert(RULE_REVIEW).values(row))
            said = msgspec.json.encode({"before": before, "after": verdict, "sample": number}).decode()
            target = f"rule:{hit.rule}@{hit.version}"
            append_audit(self._db, tx, [Change(person, "rule.review", target, said)], now_us)
        return _told(hit)

    def precision(self, rule: str, version: str) -> Precision:
        """What people found in the sample of a version as it is now."""
        return self.precisions([(rule, version)])[rule, version]

    def precisions(self, versions: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Precision]:
        """The same of several versions."""
        rules = sorted({rule for rule, _ in versions})
        query = (
            select(RULE_SAMPLE.c.rule, RULE_SAMPLE.c.version, RULE_SAMPLE.c.number, RULE_REVIEW.c.verdict)
            .join(RULE_REVIEW, RULE_REVIEW.c.sample_number == RULE_SAMPLE.c.number)
            .where(RULE_SAMPLE.c.rule.in_(rules))
            .order_by(RULE_REVIEW.c.at_us, RULE_REVIEW.c.reviewer)
        )
        found: dict[tuple[str, str], dict[int, list[Verdict]]] = {version: {} for version in versions}
        with self._db.read() as tx:
            for row in tx.execute(query):
                verdicts = found.get((row.rule, row.version))
                if verdicts is not None:
                    verdicts.setdefault(row.number, []).append(Verdict(row.verdict))
        return {version: precision_of(verdicts) for version, verdicts in found.items()}

    def drawn(self, rule: str, version: str) -> int:
        """How many hits the sample of a version has."""
        query = select(func.count()).where(RULE_SAMPLE.c.rule == rule, RULE_SAMPLE.c.version == version)
        with self._db.read() as tx:
            return int(tx.execute(query).scalar_one())


def _of_sample() -> ColumnElement[bool]:
    return and_(
        HIT.c.log_offset == RULE_SAMPLE.c.log_offset,
        HIT.c.rule == RULE_SAMPLE.c.rule,
        HIT.c.version == RULE_SAMPLE.c.version,
    )


def _told(hit: Row[Any]) -> Told:
    return Told(hit.rule, hit.version, hit.reason, msgspec.json.decode(hit.values_json))
