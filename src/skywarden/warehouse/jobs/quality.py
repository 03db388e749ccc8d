"""Turn the newest hours of the warehouse into checks: is it fresh, complete, filled as before, and without repeats?

Every check is a number beside its bound, so that a person sees how near to failing it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from skywarden.kernel.ids import UtcMicros
from skywarden.warehouse.jobs.contract import Ask
from skywarden.warehouse.jobs.due import SETTLE_US, span_of
from skywarden.warehouse.jobs.windows import DAY_US, HOUR_US, Grain, Window, window_at
from skywarden.warehouse.manifest import Manifest
from skywarden.warehouse.segment import fields_of
from skywarden.warehouse.spec import TableSpec

FRESH_S = 900.0
"""The newest event may be so old: compaction runs each minute, and a stream that is silent for longer has stopped."""

VOLUME = 3.0
"""An hour may have so many times more, or fewer, rows than the same hour of the week had."""

WEEKS, LEAST_ROWS = 4, 100
NULLS = 0.2
"""The share of nulls of a column may change so much from one day to the next."""

FRESHNESS, VOLUMES, NULL_SHARE, SCHEMA, DUPLICATES = "freshness", "volume", "null-share", "schema", "duplicates"
CHECKS = (FRESHNESS, VOLUMES, NULL_SHARE, SCHEMA, DUPLICATES)

_POST_COLUMNS = ("created_at_us", "text", "record", "cid", "rev", "langs", "author_created_us", "author_pds_host")
_OPERATION = "did, collection, rkey, cid, rev, action"


@dataclass(frozen=True, slots=True)
class Check:
    """One outcome: good while `value` is at most `bound`. `item` is the column that was looked at, or ""."""

    table: str
    name: str
    item: str
    value: float
    bound: float
    detail: str

    @property
    def is_good(self) -> bool:
        return self.value <= self.bound


def check_quality(ask: Ask, manifest: Manifest, specs: Mapping[str, TableSpec], now_us: UtcMicros) -> list[Check]:
    """Check every table that holds something. Raises: what `ask` raises."""
    span = span_of(manifest)
    if span is None:
        return []
    hour = window_at(span[1] - SETTLE_US, Grain.HOUR).before()
    return [
        _freshness(span[1], now_us),
        _volume(ask, hour),
        *_null_shares(ask, window_at(span[1] - SETTLE_US, Grain.DAY).before()),
        *_schemas(manifest, specs),
        *_duplicates(ask, hour),
    ]


def _freshness(last_us: int, now_us: UtcMicros) -> Check:
    age_s = max(now_us - last_us, 0) / 1_000_000
    return Check("event", FRESHNESS, "", age_s, FRESH_S, f"the newest event is {age_s:.0f} s old")


def _volume(ask: Ask, hour: Window) -> Check:
    """The last closed hour against the same hour of up to four weeks, or of seven days where there are none."""
    weeks = [hour.start_us - week * 7 * DAY_US for week in range(1, WEEKS + 1)]
    days = [hour.start_us - day * DAY_US for day in range(1, 8)]
    rows = _rows_by_hour(ask, min(*weeks, *days), hour.stop_us)
    own = rows.get(hour.start_us, 0)
    past = [rows[start] for start in weeks if start in rows] or [rows[start] for start in days if start in rows]
    usual = sum(past) / len(past) if past else 0.0
    if usual < LEAST_ROWS:
        return Check("event", VOLUMES, "", 1.0, VOLUME, f"{own} rows at {hour.name}; too little before to compare with")
    times = max(own / usual, usual / max(own, 1))
    return Check("event", VOLUMES, "", times, VOLUME, f"{own} rows at {hour.name}, usual are {usual:.0f}")


def _rows_by_hour(ask: Ask, start_us: int, stop_us: int) -> dict[int, int]:
    found = ask(
        f"SELECT time_us // {HOUR_US} * {HOUR_US} AS hour, count(*) AS rows FROM event"
        " WHERE time_us >= $start_us AND time_us < $stop_us GROUP BY hour",
        {"start_us": start_us, "stop_us": stop_us},
    )
    return dict(zip(found.column("hour").to_pylist(), found.column("rows").to_pylist(), strict=True))


def _null_shares(ask: Ask, day: Window) -> Iterator[Check]:
    """Posts of the last closed day against those of the day before."""
    shares = ", ".join(f"1 - count({column}) / count(*) AS {column}" for column in _POST_COLUMNS)
    found = ask(
        f"SELECT time_us // {DAY_US} AS day_number, count(*) AS rows, {shares} FROM event WHERE part = 'post'"
        " AND time_us >= $start_us AND time_us < $stop_us GROUP BY day_number ORDER BY day_number",
        {"start_us": day.back(2), "stop_us": day.stop_us},
    ).to_pylist()
    if len(found) < 2 or min(row["rows"] for row in found) < LEAST_ROWS:
        return
    before, after = found
    for column in _POST_COLUMNS:
        change = abs(after[column] - before[column])
        detail = f"null in {after[column]:.1%} of posts at {day.name}, the day before in {before[column]:.1%}"
        yield Check("event", NULL_SHARE, column, change, NULLS, detail)


def _schemas(manifest: Manifest, specs: Mapping[str, TableSpec]) -> Iterator[Check]:
    """Segments of a table's newest day that were written by another version of it."""
    for name, spec in specs.items():
        segments = manifest.of(name)
        if segments:
            newest = max(one.day for one in segments)
            other = sum(one.fields != fields_of(spec) for one in segments if one.day == newest)
            detail = f"{other} segments of {newest} have other columns than the table"
            yield Check(name, SCHEMA, "", float(other), 0.0, detail)


def _duplicates(ask: Ask, hour: Window) -> Iterator[Check]:
    """Rows of the last closed hour that say again what another says."""
    texts = {
        "offset": 'SELECT count(*) - count(DISTINCT "offset") AS n FROM event',
        "operation": f"SELECT coalesce(sum(times - 1), 0) AS n FROM (SELECT count(*) AS times FROM event"
        f" WHERE kind = 0 AND rev IS NOT NULL AND time_us >= $start_us AND time_us < $stop_us GROUP BY {_OPERATION})",
    }
    for item, text in texts.items():
        bounded = text if "WHERE" in text else f"{text} WHERE time_us >= $start_us AND time_us < $stop_us"
        found = ask(bounded, {"start_us": hour.start_us, "stop_us": hour.stop_us})
        number = int(found.column("n")[0].as_py())
        yield Check("event", DUPLICATES, item, float(number), 0.0, f"{number} rows of {hour.name} are there twice")
