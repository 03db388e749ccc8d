"""Cases are stories that analysts write; what they get wrong is said with its place."""

from pathlib import Path

import pytest

from skywarden.engine.cases import RuleReport, read_cases, run_cases
from skywarden.kernel.errors import Rejected
from skywarden.rules import load_folder
from skywarden.rulesets import BLUESKY

RULE = """from skywarden.lang import *
@rule(on=post.created, then=tag(author, "busy"))
def busy():
    '''{author.handle} posted {posts} times.'''
    posts = count(by=author.did, over=1 * hour)
    return posts >= 3
"""
HIT = '[[case]]\nrule = "busy"\nexpect = "hit"\n[[case.events]]\nrepeat = 3\ntext = "number {n}"\n'
MISS = '[[case]]\nrule = "busy"\nexpect = "miss"\n[[case.events]]\nrepeat = 3\nevery = "1 hour"\n'


def report_of(folder: Path, cases: str) -> RuleReport:
    (folder / "busy.py").write_text(RULE)
    (folder / "busy.cases.toml").write_text(cases)
    (report,) = run_cases(load_folder(folder), read_cases(folder))
    return report


def test_a_rule_with_a_hit_and_a_miss_that_hold_passes(tmp_path: Path) -> None:
    report = report_of(tmp_path, HIT + MISS)
    assert report.passed
    assert [(result.expected, result.found) for result in report.results] == [("hit", "1 hit"), ("miss", "miss")]


@pytest.mark.parametrize(
    ("cases", "lacking"), [(HIT, ("miss",)), (MISS, ("hit",)), (HIT.replace("busy", "busy") * 2, ("miss",))]
)
def test_a_rule_without_a_hit_or_without_a_miss_fails(tmp_path: Path, cases: str, lacking: tuple[str, ...]) -> None:
    report = report_of(tmp_path, cases)
    assert report.lacking == lacking
    assert not report.passed


LATER = """from skywarden.lang import *
@rule(on=post.created, then=tag(author, "young"), after=10 * minutes)
def young():
    '''{author.handle}, {posts} posts.'''
    posts = count(by=author.did, over=1 * hour)
    return author.age < 2 * days and posts == 1
"""


def test_a_case_may_tell_of_a_second_look(tmp_path: Path) -> None:
    (tmp_path / "young.py").write_text(LATER)
    first = "[[case.events]]\n"
    again = '[[case.events]]\nkind = "recheck.due"\nafter = "10 minutes"\nauthor_age = '
    (tmp_path / "young.cases.toml").write_text(
        f'[[case]]\nrule = "young"\nexpect = "hit"\nhits = 1\n{first}{again}"1 day"\n'
        f'[[case]]\nrule = "young"\nexpect = "miss"\n{first}{again}"9 days"\n'
    )
    (report,) = run_cases(load_folder(tmp_path), read_cases(tmp_path))
    assert report.passed, report


def test_a_case_that_fails_shows_the_values_that_the_rule_saw(tmp_path: Path) -> None:
    report = report_of(tmp_path, HIT.replace("repeat = 3", "repeat = 2") + MISS)
    failed = report.results[0]
    assert (failed.passed, failed.expected, failed.found, failed.at_event) == (False, "hit", "miss", 2)
    assert failed.values == {"author.handle": "somebody.example", "posts": 2}


def test_a_wrong_number_of_hits_fails(tmp_path: Path) -> None:
    assert not report_of(tmp_path, HIT.replace('"hit"', '"hit"\nhits = 2') + MISS).passed


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        (HIT.replace("repeat", "repaet"), "did you mean repeat?"),
        (HIT.replace('"busy"', '"bussy"'), "did you mean busy?"),
        (HIT + 'kind = "post.creatd"\n', "did you mean post.created?"),
        (HIT + 'every = "soon"\n', "wrong duration"),
        (HIT.replace("repeat = 3", "repeat = 1000001"), "wrong number of events"),
        (HIT.replace('"hit"', '"maybe"'), "Invalid enum value"),
        ("[[case", "not valid TOML"),
    ],
)
def test_a_mistake_in_a_case_is_said_with_its_place(tmp_path: Path, cases: str, message: str) -> None:
    with pytest.raises(Rejected, match=message.replace("?", r"\?")) as raised:
        report_of(tmp_path, cases)
    assert "busy.cases.toml" in str(raised.value)


def test_every_shipped_rule_has_a_hit_and_a_miss_and_they_hold() -> None:
    reports = run_cases(load_folder(BLUESKY), read_cases(BLUESKY))
    assert len(reports) >= 8
    assert [report.rule for report in reports if not report.passed] == []


SUBJECTS = """from skywarden.lang import *
@rule(on=report.received, then=tag(report.by, "reporter"))
def many_reports():
    '''{report.by} reported {subject.uri}: {report.comment}'''
    return report.reason == "spam" and count(by=report.by, over=1 * hour) >= 2

@rule(on=moderation.happened, then=tag(author, "was-labelled"))
def labelled():
    '''{moderation.event}'''
    return "spam" in moderation.added

@rule(on=handle.changed, then=tag(author, "renamed"))
def renamed():
    '''{identity.previous_handle} is {identity.handle}.'''
    return likeness(identity.handle, "bank.example") > 0.8

@rule(on=record.created("com.whtwnd.blog.entry"), then=tag(author, "blog"))
def blog():
    '''{record.uri}'''
    return contains(record.text("title"), "gold") and record.int("stats.views") > 3 and "a" in record.texts("tags")

@rule(on=post.created, then=tag(author, "misleading"))
def misleading():
    '''{post.misleading_links}'''
    return length(post.misleading_links) > 0
"""
STORIES = """
[[case]]
rule = "many_reports"
expect = "hit"
[[case.events]]
kind = "report.received"
repeat = 2
by = "watcher"
reason = "spam"
target = "post{n}"
comment = "number {n}"
[[case]]
rule = "labelled"
expect = "hit"
[[case.events]]
kind = "moderation.happened"
decision = "modEventLabel"
added = ["spam"]
[[case]]
rule = "renamed"
expect = "hit"
[[case.events]]
kind = "handle.changed"
handle = "bamk.example"
previous_handle = "x.example"
[[case]]
rule = "renamed"
expect = "miss"
[[case.events]]
kind = "identity.changed"
handle = "bank.example"
previous_handle = "bank.example"
[[case]]
rule = "blog"
expect = "hit"
[[case.events]]
kind = 'record.created("com.whtwnd.blog.entry")'
record = { title = "gold", stats = { views = 4 }, tags = ["a"] }
[[case]]
rule = "blog"
expect = "miss"
[[case.events]]
kind = "record.created"
collection = "com.whtwnd.blog.other"
record = { title = "gold", stats = { views = 4 }, tags = ["a"] }
[[case]]
rule = "misleading"
expect = "hit"
[[case.events]]
text = "see bank.example"
links = ["https://evil.example/"]
link_texts = ["bank.example"]
"""


def test_cases_tell_of_reports_decisions_renames_and_records_of_any_lexicon(tmp_path: Path) -> None:
    (tmp_path / "subjects.py").write_text(SUBJECTS)
    (tmp_path / "subjects.cases.toml").write_text(STORIES)
    reports = run_cases(load_folder(tmp_path), read_cases(tmp_path))
    for report in reports:
        assert all(result.passed for result in report.results), report
    assert {report.rule: len(report.results) for report in reports} == {
        "blog": 2,
        "labelled": 1,
        "many_reports": 1,
        "misleading": 1,
        "renamed": 2,
    }
