"""Write and read the cursors that ask for the next page."""

import re
from dataclasses import dataclass

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.search.contract import Rank, SearchHit

_CURSOR = re.compile(r"(newest|score)\.(\d{1,18})\.(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Documents from before offset `before`, without the first `skip` of them; none of them is after `until_us`."""

    before: Offset
    until_us: UtcMicros | None = None
    skip: int = 0


def write_cursor(rank: Rank, page: tuple[SearchHit, ...], given: Cursor | None, position: Offset) -> str:
    """The cursor behind a page that `given` asked for, of an index that stands at `position`."""
    if rank == "newest":
        return f"newest.{page[-1].offset}.{page[-1].time_us}"
    return f"score.{given.before if given else position}.{(given.skip if given else 0) + len(page)}"


def read_cursor(text: str | None, rank: Rank) -> Cursor | None:
    """Where a cursor says to go on. Raises: Rejected."""
    if text is None:
        return None
    match = _CURSOR.fullmatch(text)
    if match is None or match[1] != rank:
        hint = "pass the cursor of the page before, with the same query and order"
        raise Rejected("not a cursor", expected=f"one of an answer ranked by {rank}", found=text[:80], hint=hint)
    before, number = Offset(int(match[2])), int(match[3])
    return Cursor(before, until_us=UtcMicros(number)) if rank == "newest" else Cursor(before, skip=number)
