"""A report goes to the one queue that fits it best; queues that would compete for a report conflict."""

import random
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from skywarden.moderation.queues.criteria import (
    SUBJECT_TYPES,
    UNMATCHED,
    Criteria,
    Facts,
    Target,
    conflicting,
    overlap,
    queue_for,
    takes,
)

SPAM, RUDE, OTHER = "reasonSpam", "reasonRude", "reasonOther"
POST, LIST = "app.bsky.feed.post", "app.bsky.graph.list"

reports = st.builds(
    Facts,
    subject_type=st.sampled_from(sorted(SUBJECT_TYPES)),
    collection=st.sampled_from([POST, LIST]),
    report_type=st.sampled_from([SPAM, RUDE, OTHER]),
)
queues = st.builds(
    Criteria,
    subject_types=st.frozensets(st.sampled_from(sorted(SUBJECT_TYPES))),
    collection=st.sampled_from([None, POST, LIST]),
    report_types=st.frozensets(st.sampled_from([SPAM, RUDE, OTHER])),
)


def criteria(subjects: str, collection: str | None, *report_types: str) -> Criteria:
    return Criteria(frozenset(subjects.split()), collection, frozenset(report_types))


def without_conflict(wishes: Iterable[Criteria]) -> list[Target]:
    targets: list[Target] = []
    for wish in wishes:
        if conflicting(wish, targets) is None:
            targets.append(Target(len(targets) + 1, wish))
    return targets


@given(st.lists(queues, max_size=12), reports, st.randoms())
def test_queues_that_do_not_conflict_leave_one_answer_whatever_their_order(
    wishes: list[Criteria], report: Facts, shuffle: random.Random
) -> None:
    targets = without_conflict(wishes)
    fitting = [target for target in targets if takes(target.criteria, report)]
    assert len(fitting) <= 2
    if len(fitting) == 2:
        assert {target.criteria.collection for target in fitting} == {None, report.collection}
    answer = queue_for(report, targets)
    assert answer in {target.id for target in fitting} or (answer == UNMATCHED and not fitting)
    shuffle.shuffle(targets)
    assert queue_for(report, targets) == answer


@given(queues, queues)
def test_a_conflict_is_mutual(one: Criteria, other: Criteria) -> None:
    assert overlap(one, other) is overlap(other, one)


@given(queues)
def test_a_queue_conflicts_with_itself_unless_it_takes_nothing(queue: Criteria) -> None:
    assert overlap(queue, queue) is bool(queue.subject_types and queue.report_types)


def test_a_queue_for_the_collection_comes_before_one_for_every_collection() -> None:
    general, special = criteria("record", None, SPAM), criteria("record", POST, SPAM)
    assert not overlap(general, special)
    targets = [Target(1, general), Target(2, special)]
    assert queue_for(Facts("record", POST, SPAM), targets) == 2
    assert queue_for(Facts("record", LIST, SPAM), targets) == 1


def test_accounts_are_shared_whatever_the_collection() -> None:
    assert overlap(criteria("account record", POST, SPAM), criteria("account", None, SPAM, RUDE))


def test_different_reasons_or_collections_or_subjects_do_not_conflict() -> None:
    assert not overlap(criteria("account", None, SPAM), criteria("account", None, RUDE))
    assert not overlap(criteria("record", POST, SPAM), criteria("record", LIST, SPAM))
    assert not overlap(criteria("message", None, SPAM), criteria("account", None, SPAM))


def test_a_queue_without_criteria_takes_nothing_by_itself() -> None:
    assert queue_for(Facts("account", None, SPAM), [Target(1, Criteria())]) == UNMATCHED


def test_the_queue_that_a_tool_named_is_taken_though_it_does_not_fit() -> None:
    targets = [Target(1, criteria("account", None, SPAM)), Target(2, Criteria())]
    assert queue_for(Facts("account", None, SPAM, wanted=2), targets) == 2


def test_a_queue_that_a_tool_named_and_that_takes_no_reports_leaves_the_report_unmatched() -> None:
    assert queue_for(Facts("account", None, SPAM, wanted=9), [Target(1, criteria("account", None, SPAM))]) == UNMATCHED


def test_of_overlapping_queues_the_oldest_takes_the_report() -> None:
    same = criteria("account", None, SPAM)
    assert queue_for(Facts("account", None, SPAM), [Target(5, same), Target(3, same)]) == 3
