"""Join sampled hits with the events that they were found in, for people who judge them."""

from dataclasses import dataclass
from typing import Any

from skywarden.kernel.clock import Clock
from skywarden.kernel.ids import Offset
from skywarden.model.event import Action, Kind
from skywarden.model.history import EventHistory
from skywarden.moderation.releases import Releases, State
from skywarden.moderation.releases.overlap import Overlap, overlaps
from skywarden.moderation.releases.precision import Precision, Verdict
from skywarden.moderation.releases.reviews import Reviews, Sampled, Told
from skywarden.storage import Database

_ABOUT = (
    "text",
    "display_name",
    "description",
    "alt_texts",
    "links",
    "tags",
    "subject_uri",
    "subject_did",
    "reply_parent_uri",
    "quote_uri",
    "handle",
    "account_status",
    "author_handle",
    "author_display_name",
    "author_followers",
    "author_posts",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A sampled hit with its event, in lines for people; nothing in it is of the rule."""

    sampled: Sampled
    text: str


class ReviewDesk:
    """Where hits in shadow are judged. Without a history only who and where is shown."""

    def __init__(self, db: Database, clock: Clock, history: EventHistory | None) -> None:
        self._db = db
        self._history = history
        self._releases = Releases(db, clock)
        self._reviews = Reviews(db, clock)

    def waiting(self, reviewer: str, rule: str | None, *, again: bool = False, limit: int = 50) -> list[Shown]:
        """What waits for a verdict, in the order of the draw."""
        return [Shown(one, self._text(one)) for one in self._reviews.waiting(reviewer, rule, again=again, limit=limit)]

    def judge(self, number: int, verdict: Verdict, reviewer: str) -> Told:
        """Keep a verdict. Raises: Rejected, where the hit is not in the sample any more."""
        return self._reviews.judge(number, verdict, reviewer)

    def standing(self, rule: str | None = None) -> list[tuple[str, str, Precision]]:
        """Rule, version and precision of what is in shadow."""
        tried = [(one.rule, one.version) for one in self._releases.versions(rule, State.SHADOW)]
        return [(*version, precision) for version, precision in self._reviews.precisions(tried).items()]

    def overlaps(self, rule: str, version: str) -> list[Overlap]:
        """How far live rules find the same, the nearest first."""
        return overlaps(self._db, rule, version)

    def _text(self, sampled: Sampled) -> str:
        lines = [sampled.uri]
        row = self._row(sampled.offset)
        if row is not None:
            kind = Kind(row["kind"])
            what = kind.name.lower()
            if kind is Kind.COMMIT:
                what = f"{Action(row['action']).name.lower()} {row['collection']}"
            lines[0] = f"{what} {sampled.uri}"
            lines += [f"  {name}: {_plain(row[name])}" for name in _ABOUT if row.get(name) not in (None, "", [])]
        return "\n".join(lines)

    def _row(self, offset: Offset) -> dict[str, Any] | None:
        """The event; None where it is no longer kept."""
        if self._history is None or not self._history.span()[0] <= offset < self._history.span()[1]:
            return None
        for batch in self._history.batches(offset, Offset(offset + 1)):
            rows: list[dict[str, Any]] = batch.rows.to_pylist()
            return rows[0] if rows else None
        return None


def _plain(value: object) -> str:
    """Text of strangers: one line, no control characters."""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return "".join(letter if letter.isprintable() else " " for letter in text)
