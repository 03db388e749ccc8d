"""Turn what a person names, a decision, an effect or a hit, into what is stored of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from sqlalchemy import func, select

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.moderation.evidence import DecisionFound, EffectFound, EventFound, Evidence, HitFound
from skywarden.storage.tables import DECISION

_PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be replayed or explained, with what is stored of it; `name` is how people call it."""

    name: str
    decision: DecisionFound | None = None
    event: EventFound | None = None
    effect: EffectFound | None = None
    hit: HitFound | None = None

    @property
    def origin(self) -> tuple[str, str, Offset] | None:
        """The rule, its version and the event; None for what no rule did."""
        if self.hit is not None:
            return self.hit.hit.rule, self.hit.hit.version, self.hit.hit.offset
        if self.effect is not None:
            effect = self.effect.effect
            return effect.rule, effect.version, effect.offset
        return None


def target_of_decision(evidence: Evidence, number: int) -> Target:
    """A decision and what led to it. Raises: Rejected, where there is none of this id."""
    decision, event = evidence.decision(number), evidence.event(number)
    if decision is None and event is None:
        raise Rejected("unknown decision", found=str(number), expected="the id of a decision or moderation event")
    effect = None if decision is None else evidence.effect(decision.cause)
    return Target(f"decision {number}", decision, event, effect, _hit_of(evidence, effect))


def target_of_effect(evidence: Evidence, effect_id: str) -> Target:
    """An effect, what led to it and its answer. Raises: Rejected, where there is none of this id."""
    effect = evidence.effect(effect_id)
    if effect is None:
        raise Rejected("unknown effect", found=effect_id, expected="the id of an effect: 32 hex digits")
    decision = evidence.answer_to(effect_id)
    event = None if decision is None else evidence.event(decision.id)
    return Target(f"effect {effect_id}", decision, event, effect, _hit_of(evidence, effect))


def target_of_hit(evidence: Evidence, name: str) -> Target:
    """A hit by OFFSET/RULE or OFFSET/RULE@VERSION. Raises: Rejected, where there is none."""
    offset, _, rest = name.partition("/")
    rule, _, version = rest.partition("@")
    if not offset.isdecimal() or not rule:
        raise Rejected("unknown hit", found=name, expected="OFFSET/RULE or OFFSET/RULE@VERSION")
    found = [one for one in evidence.hits(Offset(int(offset)), rule) if one.hit.version == (version or one.hit.version)]
    if not found:
        raise Rejected("unknown hit", found=name, hint="see: skywarden rules explain RULE OFFSET")
    newest = found[-1]
    return Target(f"hit {offset}/{rule}@{newest.hit.version}", hit=newest)


def sampled(evidence: Evidence, size: int, seed: int) -> list[int]:
    """Ids of decisions, about `size` of all, drawn by chance; the same seed draws the same."""
    numbers = select(func.min(DECISION.c.id), func.max(DECISION.c.id), func.count())
    least, most, count = evidence.tx.execute(numbers.select_from(DECISION)).one()
    if count <= size:
        return list(every_decision(evidence))
    drawn = Random(seed)  # noqa: S311 - a sample, no secret
    found = set[int]()
    for _ in range(size):
        after = select(DECISION.c.id).where(DECISION.c.id >= drawn.randint(least, most)).order_by(DECISION.c.id)
        found.add(int(evidence.tx.execute(after.limit(1)).scalar_one()))
    return sorted(found)


def every_decision(evidence: Evidence) -> Iterator[int]:
    """Ids of all decisions, ascending."""
    last = -1
    while True:
        query = select(DECISION.c.id).where(DECISION.c.id > last).order_by(DECISION.c.id).limit(_PAGE)
        found = evidence.tx.execute(query).scalars().all()
        yield from found
        if not found:
            return
        last = found[-1]


def decisions_of_rule(evidence: Evidence, rule: str, since_us: UtcMicros) -> list[int]:
    """Ids of the answers to a rule since a time, ascending."""
    query = select(DECISION.c.id).where(DECISION.c.rule == rule, DECISION.c.created_us >= since_us)
    return [int(number) for number in evidence.tx.execute(query.order_by(DECISION.c.id)).scalars()]


def _hit_of(evidence: Evidence, effect: EffectFound | None) -> HitFound | None:
    if effect is None:
        return None
    one = effect.effect
    return next((found for found in evidence.hits(one.offset, one.rule) if found.hit.version == one.version), None)
