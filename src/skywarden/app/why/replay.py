"""Turn stored decisions into the verdict that they would be made again as they were, or the first difference."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sqlalchemy import Connection

from skywarden.app.why.compare import effect_differences, hit_differences
from skywarden.app.why.rule_texts import RuleText, RuleTexts
from skywarden.app.why.targets import Target
from skywarden.engine.past import Progress
from skywarden.engine.replay import Replayed as EngineReplay
from skywarden.engine.replay import replay_rules
from skywarden.engine.snapshot import SnapshotFolder
from skywarden.kernel.errors import Broken, Rejected
from skywarden.kernel.ids import Offset
from skywarden.model.difference import Difference
from skywarden.model.effect import Effect
from skywarden.model.history import EventHistory
from skywarden.moderation.delays import stored_delay_seed
from skywarden.moderation.evidence import Evidence, redecide


class Verdict(StrEnum):
    """How a replay ended; `unknown`: what it needs is gone or was never kept."""

    IDENTICAL = "identical"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Replayed:
    """One decision, effect or hit made again. The first of the differences is the earliest in the chain.

    `compared` names the links of the chain that were made again; `events` were run from offset `start`.
    """

    name: str
    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    why: str = ""
    compared: tuple[str, ...] = ()
    start: int | None = None
    events: int = 0


@dataclass(slots=True)
class _Group:
    """Rule versions that fit into one plan: each rule once, and every word list as all of them know it."""

    texts: dict[str, RuleText] = field(default_factory=dict)
    sets: dict[str, frozenset[str]] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)

    def takes(self, text: RuleText) -> bool:
        known = self.texts.get(text.rule.name, text)
        return known is text and all(self.sets.get(name, held) == held for name, held in text.sets.items())

    def add(self, target: Target, text: RuleText) -> None:
        self.texts[text.rule.name] = text
        self.sets |= text.sets
        self.targets.append(target)


class ReplayService:
    """Replays over the history and the database of one platform; it writes nothing."""

    def __init__(self, history: EventHistory, texts: RuleTexts, snapshots: SnapshotFolder | None) -> None:
        self._history = history
        self._texts = texts
        self._snapshots = snapshots

    def replay(
        self, tx: Connection, targets: Sequence[Target], progress: Progress = lambda rows: None
    ) -> Iterator[Replayed]:
        """Replay each target, those of rules together: history is read once for all that fit into one plan."""
        groups: list[_Group] = []
        for target in targets:
            refused = self._place(target, groups)
            if refused is not None:
                yield refused
            elif target.origin is None:
                yield _without_rule(Evidence(tx), target)
        for group in groups:
            yield from self._replay_group(tx, group, progress)

    def _place(self, target: Target, groups: list[_Group]) -> Replayed | None:
        """Put the target into a group with its rule; say why it has none."""
        if target.origin is None:
            return None
        rule, version, _ = target.origin
        try:
            text = self._texts.of(rule, version)
        except Rejected as error:
            return Replayed(target.name, Verdict.UNKNOWN, why=str(error))
        except Broken as error:
            found = Difference("rule.text", f"the kept text of version {version}", str(error))
            return Replayed(target.name, Verdict.DIFFERENT, (found,))
        if text.note:
            why = f"the text of {rule}@{version} was not kept, and the present one is {text.version}"
            return Replayed(target.name, Verdict.UNKNOWN, why=why)
        if text.version != version:
            found = Difference("rule.version", version, text.version)
            return Replayed(target.name, Verdict.DIFFERENT, (found,), "its kept text compiles to another version now")
        group = next((one for one in groups if one.takes(text)), None)
        if group is None:
            groups.append(group := _Group())
        group.add(target, text)
        return None

    def _replay_group(self, tx: Connection, group: _Group, progress: Progress) -> Iterator[Replayed]:
        first, end = self._history.span()
        wanted: list[Offset] = []
        held: list[Target] = []
        for target in group.targets:
            offset = _offset(target)
            if first <= offset < end:
                held.append(target)
                wanted.append(offset)
            else:
                why = f"the event at offset {offset} is gone; history is from {first} to {end}"
                yield Replayed(target.name, Verdict.UNKNOWN, why=why)
        if not held:
            return
        rules = [text.rule for text in group.texts.values()]
        try:
            found = replay_rules(rules, group.sets, self._history, wanted, snapshots=self._snapshots, progress=progress)
        except Broken as error:
            damaged = Difference("log", "rows as they were stored", str(error))
            yield from (Replayed(target.name, Verdict.DIFFERENT, (damaged,)) for target in held)
            return
        evidence, seed = Evidence(tx), stored_delay_seed(tx)
        for target in held:
            yield _compared(evidence, target, found, seed)


def _offset(target: Target) -> Offset:
    assert target.origin is not None
    return target.origin[2]


def _without_rule(evidence: Evidence, target: Target) -> Replayed:
    """What no rule proposed: the end of a term is decided again, a person's will is not."""
    decision = target.decision
    if decision is None:
        return Replayed(target.name, Verdict.UNKNOWN, why="a person decided it: there is nothing to compute again")
    if not decision.cause.startswith("expiry:"):
        why = f"what it answered, {decision.cause}, is no effect that is stored; `skywarden explain` tells what it was"
        return Replayed(target.name, Verdict.UNKNOWN, why=why)
    answer = redecide(evidence, decision, None)
    return _judged(target.name, answer.differences, answer.unknown, ("decision",))


def _compared(evidence: Evidence, target: Target, found: EngineReplay, seed: bytes) -> Replayed:
    assert target.origin is not None
    rule, _, offset = target.origin
    if rule in found.failed:
        return Replayed(target.name, Verdict.UNKNOWN, why=f"the rule failed: {found.failed[rule]}")
    hit, effects = found.hits.get((offset, rule)), found.effects.get((offset, rule), ())
    differing: list[Difference] = []
    compared: list[str] = []
    if target.hit is not None:
        differing += hit_differences(target.hit, hit)
        compared.append("hit")
    made: Effect | None = None
    if target.effect is not None:
        made, found_effect = effect_differences(target.effect, effects, seed)
        differing += found_effect
        compared.append("effect")
    unknown = ""
    if target.decision is not None and target.effect is not None:
        answer = redecide(evidence, target.decision, made or target.effect.effect)
        differing, unknown = [*differing, *answer.differences], answer.unknown
        compared += [] if unknown else ["decision"]
    judged = _judged(target.name, differing, unknown, tuple(compared))
    judged = replace(judged, start=int(found.start), events=found.events)
    if judged.verdict is Verdict.DIFFERENT and (why := _forgotten(evidence, target)):
        return replace(judged, verdict=Verdict.UNKNOWN, why=why)
    if found.gone is None:
        return judged
    gone = f"history from {found.gone[0]} to {found.gone[1]}, which its windows saw, is gone"
    verdict = Verdict.UNKNOWN if judged.verdict is Verdict.DIFFERENT else judged.verdict
    return replace(judged, verdict=verdict, why=gone)


def _forgotten(evidence: Evidence, target: Target) -> str:
    """Why the difference may be what people's right to be forgotten left; "" where nothing was forgotten since."""
    if target.decision is not None and evidence.is_forgotten(target.decision.id):
        return "what it was about was deleted and had to be forgotten"
    decided_us = target.hit.hit.time_us if target.hit is not None else None
    others = 0 if decided_us is None else evidence.forgotten_since(decided_us)
    return f"{others} accounts or records were forgotten since; the rule's windows may have seen them" if others else ""


def _judged(name: str, found: Sequence[Difference], unknown: str, compared: tuple[str, ...]) -> Replayed:
    if found:
        return Replayed(name, Verdict.DIFFERENT, tuple(found), unknown, compared)
    return Replayed(name, Verdict.UNKNOWN if unknown else Verdict.IDENTICAL, (), unknown, compared)
