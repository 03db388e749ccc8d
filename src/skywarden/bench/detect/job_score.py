"""Turn what jobs found and the truth into precision and recall for each job.

*Found* are the accounts that a job would mark, or the things that it flags. *Precision*: how many of them belong to
abuse of any kind. *Recall*: of those that did enough of the kind that the job is made for, how many were found. Only
windows with a full look-back count, and only what happened within them.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa

from skywarden.bench.detect.history import History, HistoryConfig
from skywarden.bench.detect.job_run import event_table, run_jobs
from skywarden.simulator.emitter import TruthLine
from skywarden.warehouse.jobs.catalog import DETECTIONS
from skywarden.warehouse.jobs.detections import quote_over_dispersion, url_over_dispersion
from skywarden.warehouse.jobs.duckdb import MemoryTables
from skywarden.warehouse.jobs.windows import DAY_US, Grain, window_at

DAYS = 3
"""How many days are looked at: the last of the history, each with a week before it."""

Abusers = Mapping[str, set[str]]
"""Who did at least so much, or what was at least so much of it, by kind."""


class JobFigures(msgspec.Struct, frozen=True):
    """One job on one history. `things` says what was counted: accounts, domains or posts."""

    job: str
    kinds: tuple[str, ...]
    things: str
    there: int
    found: int
    marked: int
    marked_rightly: int

    @property
    def precision(self) -> float | None:
        """None when nothing was found."""
        return self.marked_rightly / self.marked if self.marked else None

    @property
    def recall(self) -> float | None:
        """None when there was nothing to be found."""
        return self.found / self.there if self.there else None


@dataclass(frozen=True, slots=True)
class _Aim:
    """What a job is made for, and how many acts of an account within the windows make it one to be found."""

    kinds: tuple[str, ...]
    acts: int
    days: int


_AIMS = {
    "account-entropy": _Aim(("slow-bot",), 24, 7),
    "signup-anomaly": _Aim(("signup-wave",), 1, 1),
    "url-co-sharing": _Aim(("url-ring",), 12, 7),
    "quote-co-sharing": _Aim(("quote-ring",), 4, 7),
    "lockstep": _Aim(("like-ring",), 10, 1),
}
"""Acts of one account in a look-back, as many as the job's own least asks for, with a little room: a member of a ring
joins in most rounds, not all. `days` is the look-back: for each evaluated day, the acts of so many days count."""


def long_history(seed: int) -> HistoryConfig:
    """Ten days of a small network with patient campaigns in it, and people who share headlines without being one."""
    return HistoryConfig(
        seed=seed,
        hours=10 * 24 + 1,
        people=500,
        rate=0.05,
        abuse_share=0.02,
        slice_s=600.0,
        patient=3,
        newshounds=60,
        canary_every_s=3_600.0,
    )


def measure_jobs(history: History) -> list[JobFigures]:
    """Run every job over the last days of a history and compare."""
    made = run_jobs(history.rows, DAYS)
    end_us = window_at(int(history.rows.column("time_us")[-1].as_py()), Grain.DAY).start_us
    truth = [line for line in history.truth if line.time_us < end_us]
    abusers = {str(line.did) for line in truth}
    tables = MemoryTables(made)
    try:
        marks = {job.name: _marked(tables, job.finding.sql) for job in DETECTIONS if job.finding is not None}
    finally:
        tables.close()
    figures = [_accounts(name, aim, marks[name], truth, abusers, end_us) for name, aim in _AIMS.items()]
    return [*figures, *_shared(history, made, truth, end_us)]


def _marked(tables: MemoryTables, sql: str) -> set[str]:
    return set(tables(sql, {}).column("did").to_pylist())


def _accounts(
    name: str, aim: _Aim, marked: set[str], truth: Sequence[TruthLine], abusers: set[str], end_us: int
) -> JobFigures:
    there: set[str] = set()
    for back in range(DAYS):
        stop_us = end_us - back * DAY_US
        own = Counter(
            line.did
            for line in truth
            if line.kind in aim.kinds and stop_us - aim.days * DAY_US <= line.time_us < stop_us
        )
        there |= {did for did, acts in own.items() if acts >= aim.acts}
    return JobFigures(name, aim.kinds, "accounts", len(there), len(there & marked), len(marked), len(marked & abusers))


# --- shared things --------------------------------------------------------------------------------------------------


def _shared(
    history: History, made: Mapping[str, pa.Table], truth: Sequence[TruthLine], end_us: int
) -> list[JobFigures]:
    start_us = end_us - DAYS * DAY_US
    events = event_table(history.rows)
    abusive = {line.uri: line.kind for line in truth if line.time_us >= start_us}
    return [
        _things(
            "url-over-dispersion",
            ("url-ring",),
            "domains",
            made[url_over_dispersion.TABLE],
            "domain",
            _uses(events, start_us, end_us, lambda row: row["domains"] or ()),
            abusive,
        ),
        _things(
            "quote-over-dispersion",
            ("quote-ring",),
            "posts",
            made[quote_over_dispersion.TABLE],
            "uri",
            _uses(events, start_us, end_us, lambda row: [row["quote_uri"]] if row["quote_uri"] else ()),
            abusive,
        ),
    ]


def _uses(
    events: pa.Table, start_us: int, end_us: int, things: Callable[[Mapping[str, Any]], Sequence[str]]
) -> dict[str, list[str]]:
    """The posts of the evaluated days that use each thing."""
    columns = ("time_us", "did", "collection", "rkey", "domains", "quote_uri", "part")
    found: dict[str, list[str]] = defaultdict(list)
    for row in events.select(columns).to_pylist():
        if row["part"] == "post" and start_us <= row["time_us"] < end_us:
            for thing in things(row):
                found[thing].append(f"at://{row['did']}/{row['collection']}/{row['rkey']}")
    return found


def _things(
    job: str,
    kinds: tuple[str, ...],
    things: str,
    rows: pa.Table,
    column: str,
    uses: Mapping[str, list[str]],
    abusive: Mapping[str, str],
) -> JobFigures:
    """A thing belongs to abuse when most posts that use it do; only those that the job tested can be found."""
    tested = set(rows.column(column).to_pylist())
    flagged = set(rows.filter(rows.column("flagged")).column(column).to_pylist())
    foul = {thing for thing, posts in uses.items() if 2 * sum(post in abusive for post in posts) > len(posts)}
    aimed = {thing for thing in foul & tested if any(abusive.get(post) in kinds for post in uses[thing])}
    return JobFigures(job, kinds, things, len(aimed), len(aimed & flagged), len(flagged), len(flagged & foul))
