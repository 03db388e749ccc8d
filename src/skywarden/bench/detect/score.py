"""Turn hits and the truth into precision and recall for each kind of abuse.

An account is *hit* by a rule when an effect that the rule proposes is about the account or about a record of it.
*Recall* of a kind: of the accounts that did at least `MIN_ACTS` acts of it, how many were hit by a rule made for it.
*Precision* of a kind: of the accounts that were hit by a rule made for it, how many are abusers (of any kind).
An innocent account is one that did no abusive act; the drill's account, which posts the canary text, is left out.
Which rules are made for which kind stands beside the rules, in `abuse_kinds.toml`.
"""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from skywarden.bench.detect.consequence import accusing_rules, acting_rules
from skywarden.bench.detect.history import History
from skywarden.bench.detect.unlimited import UNLIMITED
from skywarden.engine.engine import Engine
from skywarden.kernel.errors import Broken, Rejected
from skywarden.kernel.ids import Offset
from skywarden.model.event import EventBatch
from skywarden.rules.plan.nodes import Plan
from skywarden.simulator.emitter import TruthLine

KINDS_FILE = "abuse_kinds.toml"
MIN_ACTS = 3
"""An account with fewer abusive acts has not shown its kind yet: such are counted apart."""

BATCH = 8_192
_DRILL = "canary"


class KindFigures(msgspec.Struct, frozen=True):
    """What was found of one kind in one history.

    `brief_*`: accounts with fewer than `MIN_ACTS` acts. `false_rules`: which rules hit how many innocent accounts.
    `missed`: campaigns some of whose accounts were not found.
    """

    kind: str
    accounts: int
    found: int
    brief_accounts: int
    brief_found: int
    campaigns: int
    campaigns_found: int
    hit_accounts: int
    hit_abusers: int
    false_rules: dict[str, int]
    missed: tuple[str, ...]

    @property
    def precision(self) -> float | None:
        """None when no account was hit."""
        return self.hit_abusers / self.hit_accounts if self.hit_accounts else None

    @property
    def recall(self) -> float | None:
        """None when the kind did not come up."""
        return self.found / self.accounts if self.accounts else None


class DetectFigures(msgspec.Struct, frozen=True):
    """One history's figures.

    `innocent`: accounts hit by a rule that does more than tag; `innocent_acted`: by one that acts by itself.
    """

    seed: int
    events: int
    accounts: int
    abusers: int
    hits: int
    innocent: int
    innocent_acted: int
    innocent_rules: dict[str, int]
    kinds: tuple[KindFigures, ...]


def read_kinds(folder: Path, plan: Plan) -> dict[str, frozenset[str]]:
    """Which rules are made for which kind of abuse. Raises: Rejected, when the file names a rule that there is not."""
    path = folder / KINDS_FILE
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), dict[str, list[str]])
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Rejected("kinds of abuse", place=str(path), expected="kind = [rules]", found=str(error)) from error
    unknown = sorted({rule for rules in found.values() for rule in rules} - set(plan.versions))
    if unknown:
        raise Rejected("kinds of abuse", place=str(path), expected="rules of the folder", found=", ".join(unknown))
    return {kind: frozenset(rules) for kind, rules in found.items()}


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the rules gave over a history: how many hits, and which accounts each rule would do something about."""

    hits: int
    by_rule: Mapping[str, set[str]]


def _run(plan: Plan, history: History) -> _Outcome:
    """Run every rule over a history. Raises: Broken, when one fails."""
    engine = Engine(plan, UNLIMITED)
    batch = EventBatch(Offset(0), history.rows)
    hits, by_rule = 0, defaultdict[str, set[str]](set)
    for start in range(0, len(batch), BATCH):
        result = engine.process(batch.slice(start, min(start + BATCH, len(batch))))
        if result.faults:
            fault = result.faults[0]
            raise Broken(f"rule {fault.rule}: {fault.operator} failed: {fault.error}")
        hits += len(result.hits)
        for effect in result.effects:
            by_rule[effect.rule].add(effect.subject.did)
    return _Outcome(hits, by_rule)


def measure_detection(plan: Plan, kinds: Mapping[str, frozenset[str]], history: History) -> DetectFigures:
    """Run the rules over a history and compare."""
    outcome = _run(plan, history)
    truth, by_rule = _Truth.of(history.truth), outcome.by_rule
    accusing, acting = accusing_rules(plan) - {_DRILL}, acting_rules(plan)
    innocent = {rule: dids - truth.abusers for rule, dids in by_rule.items() if rule in accusing}
    return DetectFigures(
        seed=history.config.seed,
        events=history.rows.num_rows,
        accounts=len(set(history.rows.column("did").to_pylist())),
        abusers=len(truth.abusers),
        hits=outcome.hits,
        innocent=len(_union(innocent.values())),
        innocent_acted=len(_union(dids for rule, dids in innocent.items() if rule in acting)),
        innocent_rules={rule: len(dids) for rule, dids in sorted(innocent.items()) if dids},
        kinds=tuple(_kind(kind, rules, by_rule, truth) for kind, rules in sorted(kinds.items())),
    )


@dataclass(frozen=True, slots=True)
class _Truth:
    """Abusive acts by account, and the kind and campaign of each account."""

    acts: Mapping[str, int]
    kind_of: Mapping[str, str]
    campaign_of: Mapping[str, str]

    @property
    def abusers(self) -> set[str]:
        return set(self.acts)

    @classmethod
    def of(cls, lines: Sequence[TruthLine]) -> "_Truth":
        """Count commits and changes of identity as acts, however many records a commit has."""
        acts: Counter[str] = Counter(did for did, _ in {(line.did, line.seq) for line in lines})
        return cls(
            acts,
            {line.did: line.kind for line in lines},
            {line.did: f"{line.campaign} ({line.strength})" for line in lines},
        )


def _union(sets: Iterable[set[str]]) -> set[str]:
    return set[str]().union(*sets)


def _kind(kind: str, rules: frozenset[str], by_rule: Mapping[str, set[str]], truth: _Truth) -> KindFigures:
    hit = _union(by_rule.get(rule, set()) for rule in rules)
    members = {did for did, own in truth.kind_of.items() if own == kind}
    full = {did for did in members if truth.acts[did] >= MIN_ACTS}
    brief = members - full
    false = {rule: len(by_rule.get(rule, set()) - truth.abusers) for rule in sorted(rules)}
    return KindFigures(
        kind=kind,
        accounts=len(full),
        found=len(full & hit),
        brief_accounts=len(brief),
        brief_found=len(brief & hit),
        campaigns=len({truth.campaign_of[did] for did in full}),
        campaigns_found=len({truth.campaign_of[did] for did in full & hit}),
        hit_accounts=len(hit),
        hit_abusers=len(hit & truth.abusers),
        false_rules={rule: number for rule, number in false.items() if number},
        missed=tuple(_missed(full, hit, truth)),
    )


def _missed(members: set[str], hit: set[str], truth: _Truth) -> list[str]:
    campaigns: dict[str, list[bool]] = defaultdict(list)
    for did in members:
        campaigns[truth.campaign_of[did]].append(did in hit)
    return [f"{name}: {sum(found)} of {len(found)}" for name, found in sorted(campaigns.items()) if not all(found)]
