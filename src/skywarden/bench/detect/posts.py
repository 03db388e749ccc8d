"""Turn a file of real posts into the list of what the rules would have done to them, for people to judge."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from skywarden.bench.detect.consequence import acting_rules
from skywarden.bench.detect.unlimited import UNLIMITED
from skywarden.engine.engine import Engine
from skywarden.ingest.accounts.table import AccountTable
from skywarden.ingest.decode.jetstream import JetstreamDecoder
from skywarden.ingest.event_time import EventClock
from skywarden.ingest.sources.jsonl_file import JsonlFile
from skywarden.kernel.clock import SECOND_US, SystemClock
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Offset
from skywarden.model.event import SCHEMA, EventBatch
from skywarden.rules.plan.nodes import Plan

_AGE_US = 24 * 3600 * SECOND_US
_FEW = 3


@dataclass(frozen=True, slots=True)
class ReviewedHit:
    """One hit on a real post."""

    rule: str
    acts: bool
    uri: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class PostsReview:
    """Every hit, those of rules that act by themselves first."""

    posts: int
    hits: tuple[ReviewedHit, ...]

    @property
    def acted(self) -> int:
        """Posts on which a rule would have acted by itself."""
        return len({hit.uri for hit in self.hits if hit.acts})


def review_posts(plan: Plan, path: Path) -> PostsReview:
    """Run the rules over Jetstream lines as if every author had joined a day ago and nothing else were known.

    That is the worst case: nothing shields an author that an old or well-known account would be shielded by.
    `path` is a file of lines, or a folder of nothing but such files.
    Raises: Rejected, for a file that cannot be read; Broken, when a rule fails.
    """
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    rows = _all_new(asyncio.run(_stamped(files)))
    result = Engine(plan, UNLIMITED).process(EventBatch(Offset(0), rows))
    if result.faults:
        raise Broken(f"rule {result.faults[0].rule}: {result.faults[0].error}")
    acting, texts = acting_rules(plan), rows.column("text")
    hits = [
        ReviewedHit(hit.rule, hit.rule in acting, hit.uri, hit.reason, texts[hit.offset].as_py() or "")
        for hit in result.hits
    ]
    return PostsReview(rows.num_rows, tuple(sorted(hits, key=lambda hit: (not hit.acts, hit.rule))))


def _all_new(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Give every author an age of one day, no picture and a few followers and posts."""
    count = rows.num_rows
    said: Mapping[str, pa.Array] = {
        "author_created_us": pc.subtract(rows.column("time_us"), _AGE_US),
        "author_has_avatar": pa.repeat(pa.scalar(False), count),
        "author_followers": pa.repeat(pa.scalar(_FEW, pa.int64()), count),
        "author_follows": pa.repeat(pa.scalar(_FEW, pa.int64()), count),
        "author_posts": pa.repeat(pa.scalar(_FEW, pa.int64()), count),
    }
    for name, values in said.items():
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, rows.schema.field(at), values)
    return rows


async def _stamped(files: Iterable[Path]) -> pa.RecordBatch:
    """The events in the order of their times, stamped as by a platform that never asked anybody."""
    sources = [JsonlFile(file, JetstreamDecoder("posts"), name="posts") for file in files]
    chunks = [chunk.rows for source in sources async for chunk in source.chunks(None)]
    rows = pa.Table.from_batches(chunks).sort_by("time_us").combine_chunks().to_batches()[0]
    accounts = AccountTable(Path(":memory:"), complete=False)
    try:
        return accounts.stamp(EventClock(SystemClock(), None).clamp(rows)).cast(SCHEMA)
    finally:
        accounts.close()
