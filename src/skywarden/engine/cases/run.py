"""Run cases through the real engine, and say for each rule whether its cases hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from skywarden.engine.cases.events import case_batch
from skywarden.engine.cases.read import Case
from skywarden.engine.engine import Engine
from skywarden.kernel.errors import Rejected
from skywarden.model.hit import Value
from skywarden.rules.plan.nodes import Plan, RulePlan
from skywarden.rules.problems import did_you_mean


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What a case gave. `values` are those of the first hit, or of the rule's last event where there was none."""

    case: Case
    hits: int
    events: int
    at_event: int
    values: Mapping[str, Value]
    reason: str = ""

    @property
    def passed(self) -> bool:
        if not self.case.expect_hit:
            return self.hits == 0
        return self.hits > 0 and self.case.hits in (None, self.hits)

    @property
    def expected(self) -> str:
        if not self.case.expect_hit:
            return "miss"
        return "hit" if self.case.hits is None else _times(self.case.hits)

    @property
    def found(self) -> str:
        return "miss" if self.hits == 0 else _times(self.hits)


def _times(hits: int) -> str:
    return "1 hit" if hits == 1 else f"{hits} hits"


@dataclass(frozen=True, slots=True)
class RuleReport:
    """A rule with its cases. `lacking` says which kind of case it has none of."""

    rule: str
    results: tuple[CaseResult, ...]
    lacking: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.lacking and all(result.passed for result in self.results)


def run_cases(plan: Plan, cases: Sequence[Case]) -> list[RuleReport]:
    """One report a rule, in the order of names; a rule without a hit and a miss case fails. Raises: Rejected."""
    rules = {rule.name: rule for rule in plan.rules}
    for case in cases:
        if case.rule not in rules:
            hint = did_you_mean(case.rule, tuple(rules))
            raise Rejected("case for an unknown rule", place=case.place, found=case.rule, hint=hint)
    return [_report(plan, rules[name], [case for case in cases if case.rule == name]) for name in sorted(rules)]


def _report(plan: Plan, rule: RulePlan, cases: Sequence[Case]) -> RuleReport:
    has = {case.expect_hit for case in cases}
    lacking = tuple(word for word, wanted in (("hit", True), ("miss", False)) if wanted not in has)
    alone = only(plan, rule.name)
    return RuleReport(rule.name, tuple(_run(alone, case) for case in cases), lacking)


def only(plan: Plan, name: str) -> Plan:
    """The plan with one of its rules."""
    scopes = [replace(scope, rules=tuple(rule for rule in scope.rules if rule.name == name)) for scope in plan.scopes]
    return replace(plan, scopes=tuple(scope for scope in scopes if scope.rules))


def _run(plan: Plan, case: Case) -> CaseResult:
    seen: dict[int, Mapping[str, Value]] = {}

    def watch(rule: RulePlan, offset: int, values: Mapping[str, Value]) -> None:
        seen[offset] = values

    batch = case_batch(case)
    result = Engine(plan).process(batch, watch)
    if result.faults:
        fault = result.faults[0]
        raise Rejected("the rule raised", place=case.place, found=f"{fault.operator}: {fault.error}")
    if result.hits:
        first = result.hits[0]
        return CaseResult(case, len(result.hits), len(batch), first.offset + 1, first.values, first.reason)
    last = max(seen, default=0)
    return CaseResult(case, 0, len(batch), last + 1, seen.get(last, {}))
