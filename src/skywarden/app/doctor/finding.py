"""What one check found."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How it is: `wrong` keeps something from working, `doubtful` may do so later, `unset` was not asked for."""

    FINE = "fine"
    UNSET = "unset"
    DOUBTFUL = "doubtful"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `mend` is the next step where there is one."""

    part: str
    verdict: Verdict
    says: str
    mend: str = ""


def fine(part: str, says: str) -> Finding:
    """It works."""
    return Finding(part, Verdict.FINE, says)


def unset(part: str, says: str, mend: str = "") -> Finding:
    """It is not configured, which is allowed."""
    return Finding(part, Verdict.UNSET, says, mend)


def doubtful(part: str, says: str, mend: str) -> Finding:
    """It works, but may not for long or not for everybody."""
    return Finding(part, Verdict.DOUBTFUL, says, mend)


def wrong(part: str, says: str, mend: str) -> Finding:
    """It does not work."""
    return Finding(part, Verdict.WRONG, says, mend)
