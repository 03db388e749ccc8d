"""What a queue holds and in which order: from a page's address to queryStatuses and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from skywarden.console.page import Visit
from skywarden.console.review.shapes import Status, Statuses

DEFS = "tools.ozone.moderation.defs#review"
STATES = {"open": f"{DEFS}Open", "escalated": f"{DEFS}Escalated", "closed": f"{DEFS}Closed", "none": f"{DEFS}None"}
SORTS = {
    "reported": ("lastReportedAt", "reported last"),
    "priority": ("priorityScore", "most urgent"),
    "reviewed": ("lastReviewedAt", "reviewed last"),
    "records": ("reportedRecordsCount", "most reported records"),
}
KINDS = ("", "account", "record")
PAGE = 50
_LOOKED_THROUGH = 100


@dataclass(frozen=True, slots=True)
class Queue:
    """A filter and an order; `query` is how addresses say it."""

    state: str = "open"
    kind: str = ""
    tag: str = ""
    appealed: bool = False
    sort: str = "priority"
    oldest: bool = False

    @classmethod
    def of(cls, params: Mapping[str, str]) -> "Queue":
        """Read an address; what is no choice is passed over."""
        state, sort, kind = params.get("state", "open"), params.get("sort", "priority"), params.get("kind", "")
        return cls(
            state=state if state in STATES else "open",
            kind=kind if kind in KINDS else "",
            tag=params.get("tag", "")[:200].strip(),
            appealed=params.get("appealed") == "1",
            sort=sort if sort in SORTS else "priority",
            oldest=params.get("oldest") == "1",
        )

    @property
    def query(self) -> str:
        """The same as part of an address."""
        said = {
            "state": self.state,
            "kind": self.kind,
            "tag": self.tag,
            "appealed": "1" if self.appealed else "",
            "sort": self.sort,
            "oldest": "1" if self.oldest else "",
        }
        return urlencode({name: value for name, value in said.items() if value})

    def params(self, limit: int, cursor: str | None) -> dict[str, object]:
        """What queryStatuses is asked."""
        return {
            "reviewState": STATES[self.state],
            "subjectType": self.kind,
            "includeAllUserRecords": False,
            "tags": [self.tag] if self.tag else [],
            "appealed": self.appealed,
            "sortField": SORTS[self.sort][0],
            "sortDirection": "asc" if self.oldest else "desc",
            "limit": limit,
            "cursor": cursor,
        }


async def queue_page(visit: Visit, queue: Queue, cursor: str | None) -> Statuses:
    """A page of subjects."""
    return await visit.ask("tools.ozone.moderation.queryStatuses", queue.params(PAGE, cursor), Statuses)


async def take_next(visit: Visit, queue: Queue, past: str = "") -> str | None:
    """Claim the first subject of the queue that nobody else has, `past` aside; None when the queue is empty."""
    claims, cursor = visit.site.services.desk.claims, None
    while True:
        params = queue.params(_LOOKED_THROUGH, cursor)
        found = await visit.ask("tools.ozone.moderation.queryStatuses", params, Statuses)
        uris = [status.uri for status in found.subject_statuses if status.uri != past and _can_show(status)]
        taken = await visit.site.workers.run(claims.claim_first, uris, visit.caller.did)
        if taken is not None or found.cursor is None:
            return taken
        cursor = found.cursor


def _can_show(status: Status) -> bool:
    """Conversations have no page here yet."""
    return "convoId" not in status.subject
