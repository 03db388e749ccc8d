"""Each detection finds what it is made for in a small week, and leaves the others alone."""

from random import Random

import pyarrow as pa
import pytest

from job_tables import DAY, act, at, dids, post, ran
from skywarden.warehouse.jobs.catalog import JOBS
from skywarden.warehouse.jobs.contract import WarehouseJob
from skywarden.warehouse.jobs.detections import (
    account_entropy,
    lockstep,
    lockstep_hour,
    quote_co_sharing,
    quote_over_dispersion,
    signup_anomaly,
    url_co_sharing,
    url_over_dispersion,
)
from skywarden.warehouse.jobs.tables import ALL_TABLES
from skywarden.warehouse.jobs.windows import HOUR_US, Grain, Window

MINUTE = 1 / 60


def test_who_posts_by_the_clock_day_and_night_is_flagged_and_a_person_is_not() -> None:
    chance = Random(1)
    clock = [post("clock", at(6, 2.1 * turn)) for turn in range(75)]
    person = [post("person", at(day, hour + chance.random())) for day in range(7) for hour in (8, 8, 12, 19, 20, 21)]
    seldom = [post("seldom", at(day, 12)) for day in range(7)]
    table = ran(account_entropy.JOB, [*clock, *person, *seldom])[account_entropy.TABLE]
    assert dids(table) == {"clock", "person"}
    assert dids(table, flagged=True) == {"clock"}


def test_posts_after_the_window_or_before_the_week_do_not_count() -> None:
    outside = [post("clock", at(-1, turn)) for turn in range(20)] + [post("clock", at(7, turn)) for turn in range(20)]
    assert ran(account_entropy.JOB, outside)[account_entropy.TABLE].num_rows == 0


def arrivals(host: str, day: int, number: int, hour: float = 10.0) -> list[dict[str, object]]:
    return [
        post(
            f"{host}-{day}-{n}",
            at(day, hour) + n * 1_000_000,
            author_pds_host=host,
            author_created_us=at(day, hour) + n * 1_000,
        )
        for n in range(number)
    ]


def test_a_wave_of_accounts_on_a_small_host_is_found_with_its_accounts() -> None:
    usual = [row for day in range(7) for row in arrivals("quiet.example", day, 2, hour=3.0)]
    steady = [row for day in range(7) for row in arrivals("busy.example", day, 20 + day % 3)]
    made = ran(signup_anomaly.JOB, [*usual, *steady, *arrivals("quiet.example", 0, 30)])
    table = made[signup_anomaly.TABLE]
    flagged = table.filter(table.column("flagged"))
    assert set(flagged.column("host").to_pylist()) == {"quiet.example"}
    assert set(flagged.column("grain").to_pylist()) == {"day", "hour"}
    assert at(0, 10) in flagged.column("period_us").to_pylist()
    assert dids(made[signup_anomaly.ACCOUNTS]) >= {f"quiet.example-0-{n}" for n in range(30)}


def test_large_hosts_and_bridges_and_accounts_of_unknown_age_are_left_out() -> None:
    rows = arrivals("morel.us-east.host.bsky.network", 0, 50) + arrivals("atproto.brid.gy", 0, 50)
    unknown = [post(f"u{n}", at(0, 5), author_pds_host="quiet.example") for n in range(50)]
    assert ran(signup_anomaly.JOB, [*rows, *unknown])[signup_anomaly.TABLE].num_rows == 0


def usual_links() -> list[dict[str, object]]:
    """Twenty sites, each linked by nearly as many accounts as there are links, day after day."""
    return [
        post(f"p{day}{site}{n % 5}", at(day, 9 + n / 10), domains=[f"site{site}.example"])
        for day in range(14)
        for site in range(20)
        for n in range(4 + (day + site) % 3)
    ]


def test_a_domain_that_bursts_and_one_that_few_push_are_flagged() -> None:
    burst = [post(f"b{n}", at(0, 12), domains=["burst.example"]) for n in range(80)]
    pushed = [post(f"r{n % 3}", at(day, n / 2), domains=["pushed.example"]) for day in range(14) for n in range(30)]
    table = ran(url_over_dispersion.JOB, [*usual_links(), *burst, *pushed])[url_over_dispersion.TABLE]
    rows = {row["domain"]: row for row in table.to_pylist() if row["flagged"]}
    assert set(rows) == {"burst.example", "pushed.example"}
    assert rows["burst.example"]["volume_q"] < 0.05 <= rows["burst.example"]["density_q"]
    assert rows["pushed.example"]["density_q"] < 0.05 <= rows["pushed.example"]["volume_q"]


def test_a_post_that_is_quoted_by_many_at_once_is_flagged() -> None:
    usual = [
        post(f"q{day}{n}{m}", at(day, 9), quote_uri=f"at://x/{day}/{n}")
        for day in range(7)
        for n in range(30)
        for m in range(1 + n % 3)
    ]
    piled = [post(f"z{n}", at(0, 12), quote_uri="at://victim/post") for n in range(25)]
    table = ran(quote_over_dispersion.JOB, [*usual, *piled])[quote_over_dispersion.TABLE]
    assert table.filter(table.column("flagged")).column("uri").to_pylist() == ["at://victim/post"]


def ring_links(members: range, day: int = 0) -> list[dict[str, object]]:
    return [
        post(f"ring{member}", at(day, hour), links=[f"https://ring.example/{day}/{hour}?utm_source=m{member}"])
        for member in members
        for hour in range(12)
    ]


def readers(chance: Random) -> list[dict[str, object]]:
    """Forty people who each link to a dozen of sixty pages."""
    return [
        post(f"reader{n}", at(day, 10), links=[f"https://news.example/{chance.randrange(60)}"])
        for n in range(40)
        for day in (0, 1, 2)
        for _ in range(5)
    ]


def test_a_ring_is_a_cluster_that_goes_on_under_its_name_and_readers_are_none() -> None:
    crowd = readers(Random(4))
    first = ran(url_co_sharing.JOB, [*crowd, *ring_links(range(6))])[url_co_sharing.TABLE]
    assert dids(first) == {f"ring{n}" for n in range(6)}
    assert set(first.column("fate").to_pylist()) == {"birth"}
    tomorrow = Window(DAY.stop_us, Grain.DAY)
    rows = [*crowd, *ring_links(range(6)), *ring_links(range(1, 7), day=-1)]
    second = ran(url_co_sharing.JOB, rows, tomorrow, {url_co_sharing.TABLE: first})[url_co_sharing.TABLE]
    assert set(second.column("fate").to_pylist()) == {"continuation"}
    assert set(second.column("cluster").to_pylist()) == set(first.column("cluster").to_pylist())
    assert dids(second) == {f"ring{n}" for n in range(7)}
    after = Window(tomorrow.stop_us, Grain.DAY)
    third = ran(url_co_sharing.JOB, crowd, after, {url_co_sharing.TABLE: second})[url_co_sharing.TABLE]
    assert set(third.column("fate").to_pylist()) == {"death"}


def test_those_who_quote_the_same_posts_are_a_cluster() -> None:
    ring = [post(f"ring{n}", at(turn, n), quote_uri=f"at://victim/{turn}") for turn in range(4) for n in range(5)]
    others = [post(f"p{n}", at(1, n / 5), quote_uri=f"at://famous/{n % 7}") for n in range(60)]
    assert dids(ran(quote_co_sharing.JOB, [*ring, *others])[quote_co_sharing.TABLE]) == {f"ring{n}" for n in range(5)}


def lockstep_day(rows: list[dict[str, object]]) -> pa.Table:
    hours = [Window(type(DAY.start_us)(DAY.start_us + hour * HOUR_US), Grain.HOUR) for hour in range(24)]
    parts = [ran(lockstep_hour.JOB, rows, hour) for hour in hours]
    known = {
        name: pa.concat_tables([part[name] for part in parts]) for name in (lockstep_hour.USERS, lockstep_hour.PAIRS)
    }
    return ran(lockstep.JOB, rows, DAY, known)[lockstep.TABLE]


def test_accounts_that_like_the_same_within_minutes_all_day_are_in_lockstep() -> None:
    like = "app.bsky.feed.like"
    ring = [
        act(f"ring{n}", at(0, hour + n * MINUTE), like, subject_uri=f"at://c/{hour}")
        for hour in range(8)
        for n in range(4)
    ]
    fans = [
        act(f"fan{n}", at(0, hour + 15 * (n + 1) * MINUTE), like, subject_uri=f"at://c/{hour}")
        for hour in range(8)
        for n in range(3)
    ]
    once = [act(f"once{n}", at(0, 3), like, subject_uri="at://c/3") for n in range(9)]
    assert dids(lockstep_day([*ring, *fans, *once])) == {f"ring{n}" for n in range(4)}


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_nothing_at_all_gives_empty_tables(job: WarehouseJob) -> None:
    known = {one.table: _empty(one.table) for one in job.reads if one.table != "event"}
    window = Window(DAY.start_us, job.grain)
    assert all(table.num_rows == 0 for table in ran(job, [], window, known).values())


def _empty(table: str) -> pa.Table:
    schemas = {spec.name: spec.columns for spec in ALL_TABLES}
    return schemas[table].empty_table()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_in_which_rows_come_does_not_change_what_is_found(seed: int) -> None:
    rows = [*readers(Random(4)), *ring_links(range(5))]
    shuffled = Random(seed).sample(rows, len(rows))
    assert ran(url_co_sharing.JOB, rows) == ran(url_co_sharing.JOB, shuffled)
