"""Say what rulings change in the counts of an account, and what its strikes add up to. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from skywarden.kernel.ids import UtcMicros
from skywarden.model.subject import Subject
from skywarden.moderation.review import PENDING
from skywarden.moderation.status import SubjectStatus

STAT_NAMES = (
    "report_count",
    "appeal_count",
    "suspend_count",
    "escalate_count",
    "takedown_count",
    "total_reports",
    "reported",
    "escalated",
    "appealed",
    "subjects",
    "pending",
    "processed",
    "takendown",
)
"""Columns of account_stat: five about the account's own subject, eight about its records."""

Stat = tuple[int, ...]
"""One number per name."""

NO_STAT: Stat = (0,) * len(STAT_NAMES)


def stat_of(subject: Subject, status: SubjectStatus) -> Stat:
    """What one subject adds to the counts of its account."""
    counts = status.counts
    if subject.is_account:
        return (counts.report, counts.appeal, counts.suspend, counts.escalate, counts.takedown, 0, 0, 0, 0, 0, 0, 0, 0)
    if not subject.is_record:
        return NO_STAT
    pending = status.review in PENDING
    return (
        *(0, 0, 0, 0, 0),
        counts.report,
        int(counts.report > 0),
        int(counts.escalate > 0),
        int(counts.appeal > 0),
        1,
        int(pending),
        int(not pending),
        int(status.takendown),
    )


def stat_change(before: Stat, after: Stat) -> Stat:
    """What must be added to one to have the other."""
    return tuple(now - then for then, now in zip(before, after, strict=True))


@dataclass(frozen=True, slots=True)
class Strike:
    """Strikes that one event gave (or took: below 0), and when they expire."""

    count: int
    at_us: UtcMicros
    expires_us: UtcMicros | None


@dataclass(frozen=True, slots=True)
class Strikes:
    """What the strikes of an account add up to; `next_expiry_us` is when that changes by itself."""

    active: int = 0
    total: int = 0
    first_us: UtcMicros | None = None
    last_us: UtcMicros | None = None
    next_expiry_us: UtcMicros | None = None


def sum_strikes(strikes: Iterable[Strike], now_us: UtcMicros) -> Strikes:
    """Add up the strikes of an account; neither sum goes below 0."""
    found = list(strikes)
    given = [strike.at_us for strike in found if strike.count > 0]
    lasting = [strike for strike in found if strike.expires_us is None or strike.expires_us > now_us]
    return Strikes(
        active=max(0, sum(strike.count for strike in lasting)),
        total=max(0, sum(strike.count for strike in found)),
        first_us=min(given, default=None),
        last_us=max(given, default=None),
        next_expiry_us=min((strike.expires_us for strike in lasting if strike.expires_us is not None), default=None),
    )
