"""Move rule versions for people: gather the evidence, ask the policy, and act or say all that is missing."""

from pathlib import Path

from skywarden.engine.cases import Case, read_cases, run_cases
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.moderation.releases import Action, By, Moved, Releases, RuleVersion, State
from skywarden.moderation.releases.evidence import CasesRun, Evidence, Policy, backtest_of, lacks
from skywarden.moderation.releases.moves import ascii_name
from skywarden.moderation.releases.reviews import Reviews
from skywarden.moderation.releases.states import next_step, possible
from skywarden.rules.one_rule import plan_of
from skywarden.rules.source import RuleSources
from skywarden.settings.schema import ReleasesConfig
from skywarden.storage import Database

_CHOSEN: dict[Action, tuple[State, ...]] = {
    Action.PROMOTE: (State.SHADOW, State.DRAFT),
    Action.DEMOTE: (State.LIVE, State.SHADOW),
    Action.RETIRE: (State.LIVE, State.SHADOW, State.DRAFT),
}
"""Which version of a rule is meant when none is named: the one in the first of these states."""


class Promotions:
    """The moves of one database, under one policy."""

    def __init__(self, db: Database, clock: Clock, policy: Policy) -> None:
        self.releases = Releases(db, clock)
        self.reviews = Reviews(db, clock)
        self._db = db
        self._policy = policy

    def move(self, rule: str, action: Action, actor: str, *, version: str = "", reason: str = "") -> Moved:
        """Do what a person asks for. Raises: Rejected, with every missing piece of evidence at once."""
        chosen = self._chosen(rule, version, action)
        by = By(ascii_name(actor), reason)
        step = next_step(chosen.state, action)
        if step is not None and step.asks:
            evidence = self.evidence(chosen)
            missing = lacks(self._policy, evidence, by.actor)
            if missing:
                listed = "".join(f"\n  - {one}" for one in missing)
                raise Rejected(f"cannot act yet{listed}", place=f"{rule} {chosen.version}")
            by = By(by.actor, reason, evidence.as_json())
        return self.releases.move(rule, chosen.version, action, by)

    def evidence(self, one: RuleVersion) -> Evidence:
        """What is known of a version now."""
        sources = self.releases.files_of(one.rule, one.version)
        return Evidence(
            one.rule,
            one.version,
            one.author,
            sources.files[0].name,
            cases_of(sources),
            backtest_of(self._db, one.rule, one.version),
            self.reviews.drawn(one.rule, one.version),
            self.reviews.precision(one.rule, one.version),
            any(
                change.version == one.version and change.now is State.LIVE for change in self.releases.changes(one.rule)
            ),
        )

    def _chosen(self, rule: str, version: str, action: Action) -> RuleVersion:
        known = self.releases.versions(rule)
        if not known:
            raise Rejected("unknown rule", found=rule, hint="see: skywarden rules releases")
        if version:
            named = [one for one in known if one.version.startswith(version)]
            if len(named) == 1:
                return named[0]
            hint = f"see: skywarden rules history {rule}"
            raise Rejected("no such version" if not named else "several versions", place=rule, found=version, hint=hint)
        for state in _CHOSEN[action]:
            for one in known:
                if one.state is state:
                    return one
        can = sorted({each.value for one in known for each in possible(one.state)})
        hint = f"name one with --version (what can be done: {', '.join(can)}); see: skywarden rules history {rule}"
        raise Rejected(f"nothing to {action.value}", place=rule, hint=hint)


def policy_of(config: ReleasesConfig) -> Policy:
    """What the settings ask for."""
    return Policy(config.cases, config.backtest, config.reviews, config.precision, config.two_persons)


def cases_of(sources: RuleSources) -> CasesRun:
    """Run the cases that are beside the rule's file now with the texts of a version."""
    file = Path(sources.files[0].name)
    cases: list[Case] = [case for case in _cases(file) if case.rule == sources.rule]
    (report,) = run_cases(plan_of(sources), cases)
    failed = tuple(result.case.about or result.case.place for result in report.results if not result.passed)
    return CasesRun(len(report.results) - len(failed), failed, report.lacking)


def _cases(file: Path) -> list[Case]:
    return read_cases(file) if file.is_file() else []
