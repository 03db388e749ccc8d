"""Turn what is known of a version, and the policy, into all that is lacking before it may act."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from sqlalchemy import func, select

from skywarden.moderation.releases.precision import Precision
from skywarden.storage import Database
from skywarden.storage.tables import BACKTEST_RULE


@dataclass(frozen=True, slots=True)
class Policy:
    """What promotion to live asks for; `precision` is the least lower end of the interval."""

    cases: bool = True
    backtest: bool = False
    reviews: int = 20
    precision: float = 0.0
    two_persons: bool = False


@dataclass(frozen=True, slots=True)
class CasesRun:
    """How the cases of a rule went with a version; `lacking` names the kinds that there are none of."""

    passed: int
    failed: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.failed and not self.lacking


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a version when somebody wants it to act; `has_acted`: it was live before."""

    rule: str
    version: str
    author: str
    file: str
    cases: CasesRun
    backtest: int | None
    drawn: int
    precision: Precision
    has_acted: bool = False

    def as_json(self) -> str:
        """As it is stored with the change that it is shown for."""
        share = self.precision.share
        said = {
            "author": self.author,
            "cases": {"passed": self.cases.passed, "failed": self.cases.failed, "lacking": self.cases.lacking},
            "backtest": self.backtest,
            "has_acted": self.has_acted,
            "reviews": {
                "right": self.precision.right,
                "wrong": self.precision.wrong,
                "unsure": self.precision.unsure,
                "drawn": self.drawn,
                "low": round(share.low, 4),
                "high": round(share.high, 4),
            },
        }
        return msgspec.json.encode(said).decode()


def lacks(policy: Policy, evidence: Evidence, actor: str) -> tuple[str, ...]:
    """Every piece of evidence that is missing, each with the command that helps; nothing: it may act."""
    return tuple(_lacks(policy, evidence, actor))


def _lacks(policy: Policy, evidence: Evidence, actor: str) -> Iterator[str]:
    if policy.two_persons and actor == evidence.author:
        hint = f"skywarden rules promote {evidence.rule} --as NAME"
        yield f"{actor} wrote it, and another person must promote it: {hint}"
    if not evidence.has_acted:  # to go back must be quick, and what the version does is known
        yield from _lacks_proof(policy, evidence)


def _lacks_proof(policy: Policy, evidence: Evidence) -> Iterator[str]:
    rule, cases = evidence.rule, evidence.cases
    if policy.cases and not cases.holds:
        wrong = [*(f"{name} fails" for name in cases.failed), *(f"no {kind} case" for kind in cases.lacking)]
        yield f"cases: {', '.join(wrong)}: skywarden rules test {evidence.file} --rule {rule}"
    if policy.backtest and evidence.backtest is None:
        yield f"no backtest of this version: skywarden rules backtest {evidence.file}"
    found = evidence.precision
    if found.reviewed < policy.reviews:
        told = f"{found.reviewed} of {policy.reviews} hits reviewed, {evidence.drawn} drawn so far"
        yield f"{told}: skywarden rules review {rule}"
    if policy.precision and found.share.low < policy.precision:
        yield (
            f"precision is {found.text() or 'not known'}, its lower end must be {policy.precision:.0%}: "
            f"skywarden rules review {rule}"
        )


def backtest_of(db: Database, rule: str, version: str) -> int | None:
    """The newest backtest that ran a version."""
    query = select(func.max(BACKTEST_RULE.c.backtest))
    with db.read() as tx:
        found = tx.execute(query.where(BACKTEST_RULE.c.rule == rule, BACKTEST_RULE.c.version == version))
        number = found.scalar_one_or_none()
    return None if number is None else int(number)
