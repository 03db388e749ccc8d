"""People judge sampled hits before they know the rule; what they say counts for the version, and overlaps are told."""

from dataclasses import fields

import pytest

from rule_texts import arrival
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.model.hit import Hit
from skywarden.moderation.audit import verify_audit
from skywarden.moderation.outbox import Outbox
from skywarden.moderation.releases import Action, By, Releases, follow_folder
from skywarden.moderation.releases.overlap import overlaps
from skywarden.moderation.releases.overview import overview
from skywarden.moderation.releases.precision import Verdict
from skywarden.moderation.releases.reviews import Reviews, Sampled
from skywarden.storage import Database

DAY_US = 86_400_000_000
OLD, TRIED = arrival(3), arrival(4)


def hit(offset: int, *, rule: str = "often", version: str = TRIED.version, day: int = 0, shadow: bool = True) -> Hit:
    did = Did(f"did:plc:{offset % 10}")
    uri = f"at://{did}/app.bsky.feed.post/{offset}"
    time_us = UtcMicros(day * DAY_US + offset)
    return Hit(rule, version, Offset(offset), time_us, did, uri, {"posts": offset}, f"{offset} posts.", shadow)


@pytest.fixture
def reviews(database: Database, clock: ManualClock) -> Reviews:
    """A version in shadow with six hits, and one that acts."""
    follow_folder(database, clock, [OLD], adopt=True)
    follow_folder(database, clock, [TRIED], adopt=False)
    Outbox(database, clock).store([hit(number) for number in range(6)], [], Offset(6))
    return Reviews(database, clock)


def test_what_is_shown_says_nothing_of_the_rule(reviews: Reviews) -> None:
    shown = reviews.waiting("anna")
    assert len(shown) == 6
    assert {field.name for field in fields(Sampled)} == {"number", "offset", "time_us", "did", "uri"}
    assert [one.offset for one in shown] != sorted(one.offset for one in shown) or len(shown) < 3


def test_a_verdict_tells_the_rule_and_counts(reviews: Reviews, database: Database) -> None:
    first, second, third, *_ = reviews.waiting("anna")
    told = reviews.judge(first.number, Verdict.RIGHT, "anna")
    assert (told.rule, told.version) == ("often", TRIED.version)
    assert told.values == {"posts": first.offset}
    reviews.judge(second.number, Verdict.WRONG, "anna")
    reviews.judge(third.number, Verdict.UNSURE, "anna")
    found = reviews.precision("often", TRIED.version)
    assert (found.right, found.wrong, found.unsure) == (1, 1, 1)
    assert len(reviews.waiting("anna")) == 3
    verify_audit(database)


def test_a_verdict_said_again_replaces_the_one_before(reviews: Reviews) -> None:
    first = reviews.waiting("anna")[0]
    for verdict in (Verdict.RIGHT, Verdict.WRONG):
        reviews.judge(first.number, verdict, "anna")
    assert (reviews.precision("often", TRIED.version).wrong, reviews.precision("often", TRIED.version).right) == (1, 0)


def test_a_second_person_judges_what_the_first_did_and_their_agreement_is_known(reviews: Reviews) -> None:
    for number, one in enumerate(reviews.waiting("anna")[:4]):
        reviews.judge(one.number, Verdict.RIGHT if number else Verdict.WRONG, "anna")
    assert reviews.waiting("anna", again=True) == []
    again = reviews.waiting("ben", again=True)
    assert len(again) == 4
    for number, one in enumerate(again):
        reviews.judge(one.number, Verdict.RIGHT if number else Verdict.WRONG, "ben")
    found = reviews.precision("often", TRIED.version)
    assert (found.twice, found.kappa) == (4, 1.0)


def test_only_hits_of_versions_in_shadow_wait(reviews: Reviews, releases: Releases) -> None:
    assert reviews.waiting("anna", "other") == []
    releases.move("often", TRIED.version, Action.RETIRE, By("anna"))
    assert reviews.waiting("anna") == []


def test_what_was_not_drawn_is_not_judged(reviews: Reviews) -> None:
    with pytest.raises(Rejected, match="not in the sample"):
        reviews.judge(999, Verdict.RIGHT, "anna")


def test_overlaps_count_accounts_and_days_both_ways(reviews: Reviews, database: Database, clock: ManualClock) -> None:
    """Six accounts are found in shadow; the old version finds four of them, and one of them on another day too."""
    acting = [hit(number, version=OLD.version, shadow=False) for number in (2, 3, 4, 5)]
    acting.append(hit(15, version=OLD.version, shadow=False, day=1))
    acting.append(hit(17, rule="other", version="v", shadow=False, day=1))
    Outbox(database, clock).store(acting, [], Offset(18))
    found = overlaps(database, "often", TRIED.version)
    assert [(one.rule, one.both, one.tried, one.live) for one in found] == [("often", 4, 6, 5), ("other", 0, 6, 1)]
    assert found[0].of_tried == 4 / 6
    assert found[0].of_live == 4 / 5
    assert overlaps(database, "often", OLD.version) == []


def test_the_overview_has_hits_precision_and_the_last_time(
    reviews: Reviews, database: Database, clock: ManualClock
) -> None:
    reviews.judge(reviews.waiting("anna")[0].number, Verdict.RIGHT, "anna")
    lines = {line.version.version: line for line in overview(database, clock)}
    tried = lines[TRIED.version]
    assert (tried.hits, tried.shadow_hits, tried.precision.right, tried.last_hit_us) == (0, 6, 1, 5)
    assert lines[OLD.version].last_hit_us is None
