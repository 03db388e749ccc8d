"""Rules are run over what a platform recorded; the report says what they would have done and what people thought."""

import base64
import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import msgspec
import pytest

from chain import Chain
from ingest_rows import START_US
from skywarden.app.backtests import BacktestReport, BacktestRequest, Backtests, backtest
from skywarden.app.backtests.charts import WIDTH, hits_chart
from skywarden.app.backtests.effects import effects_of
from skywarden.app.backtests.page import page_of
from skywarden.app.backtests.request import Period, find_period
from skywarden.app.backtests.versions import stored_plan
from skywarden.cli.backtest_text import report_text
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Offset, UtcMicros
from skywarden.model.log_history import LogHistory
from skywarden.model.subject import Subject
from skywarden.moderation.audit import recent_changes
from skywarden.moderation.events import ModEventAcknowledge, ModEventTakedown
from skywarden.moderation.new_event import NewEvent
from skywarden.rules import Plan, RuleFile, compile_rules
from skywarden.storage import migrate, open_database

MODERATOR = Did("did:plc:moderator")
ACCOUNTS = [f"did:plc:mallory{number}" for number in range(4)]
EVIL = "spam <script>alert(1)</script> \u202egnp.exe \x1b[31m"
SPAM = '''
@rule(on=post.created, then=[label(post, "spam"), tag(author, "spammer")], limit=per_day(3))
def spam():
    """{author.did} said spam {times} times."""
    times = count(by=author.did, over=1 * hour)
    return contains(post.text, "spam") and times < 3
'''
WIDER = SPAM.replace("times < 3", "times < 9")
HOUR_US = 3_600_000_000


def plan_of(text: str) -> Plan:
    return compile_rules([RuleFile("spam.py", f"from skywarden.lang import *\n{text}")])


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """Four accounts post spam thrice each; moderators act on one of them and let another go."""
    folder = tmp_path_factory.mktemp("chain")
    database = open_database(f"sqlite:///{folder / 'moderation.db'}")
    migrate(database)
    made = Chain(folder, database, SPAM, ManualClock(at_us=UtcMicros(START_US)))
    for number in range(3):
        for did in ACCOUNTS:
            made.post(did, EVIL if number == 0 else f"spam number {number}", domains=["spam.example"])
            made.wait(30)
    takedown, acknowledge = ModEventTakedown(), ModEventAcknowledge()
    for did, event in ((ACCOUNTS[0], takedown), (ACCOUNTS[0], acknowledge), (ACCOUNTS[1], acknowledge)):
        made.service.emit(NewEvent(event, Subject.account(Did(did)), MODERATOR))
    made.settle()
    yield made
    made.close()
    database.close()


def run(chain: Chain, text: str = SPAM, against: Plan | None = None) -> BacktestReport:
    history = LogHistory(chain.log)
    request = BacktestRequest(plan_of(text), find_period(history, "30d"), against, "the old one" if against else "")
    return backtest(request, history, chain.database)


def test_a_version_that_ran_live_is_found_to_have_done_just_that(chain: Chain) -> None:
    [rule] = run(chain).rules
    assert (rule.hits, rule.accounts, len(rule.samples)) == (8, 4, 8)
    [overlap] = rule.overlaps
    assert (overlap.rule, overlap.version, overlap.both, overlap.jaccard) == ("spam", rule.version, 8, 1.0)
    assert {sample.values["times"] for sample in rule.samples} == {1, 2}
    assert [(one.what, one.hits, one.accounts) for one in rule.top_domains] == [("spam.example", 8, 4)]
    assert sorted((one.hits, one.accounts) for one in rule.top_texts) == [
        (4, 4)
    ]  # "spam number 1" is too short to be a copy of anything
    assert sum(hits for _, hits in rule.series) == 8
    assert rule.windows[0].keys == 4


def test_who_was_acted_on_counts_for_the_rule_and_who_was_let_go_against_it(chain: Chain) -> None:
    [rule] = run(chain).rules
    assert (rule.agreement.yes, rule.agreement.asked) == (1, 2)
    assert 0.0 < rule.agreement.low < 0.5 < rule.agreement.high < 1.0


def test_effects_are_held_against_the_limits(chain: Chain) -> None:
    [rule] = run(chain).rules
    assert rule.effects.kinds == ("label spam", "tag spammer")
    assert (rule.effects.proposed, rule.effects.peak_a_day, rule.effects.per_day) == (16, 16, 3)
    assert (rule.effects.days_over, rule.effects.held) == (1, 13)


def test_effects_are_held_by_the_hour_before_they_are_held_by_the_day() -> None:
    [rule] = plan_of(SPAM.replace("per_day(3)", "per_hour(5)")).rules
    period = Period(Offset(0), Offset(9), UtcMicros(0), UtcMicros(48 * HOUR_US))
    effects = effects_of(rule, {0: 7, 1: 5, 30: 9}, period)
    assert (effects.proposed, effects.mean_a_day, effects.peak_a_day) == (21, 10.5, 12)
    assert (effects.days_over, effects.held) == (2, 6)


def test_two_versions_differ_by_examples(chain: Chain) -> None:
    [rule] = run(chain, WIDER, plan_of(SPAM)).rules
    found = rule.difference
    assert found is not None
    assert (found.both, found.only_own, found.only_other) == (8, 4, 0)
    assert [one.text for one in found.own_examples] == ["spam number 2"] * 4
    assert found.other == "the old one"
    [rule] = run(chain, SPAM, plan_of(WIDER)).rules
    assert rule.difference is not None
    assert (rule.difference.only_own, len(rule.difference.other_examples)) == (0, 4)


def test_memory_may_be_built_from_before_the_span(chain: Chain) -> None:
    history = LogHistory(chain.log)
    counts = []
    for primed in ("", "1h"):
        period = find_period(history, "1.9m", primed=primed)
        report = backtest(BacktestRequest(plan_of(SPAM), period), history)
        counts.append((report.primed > 0, report.rules[0].hits))
    assert counts[0] == (False, 4)
    assert counts[1] == (True, 0)


@pytest.mark.parametrize("words", ["", "yesterday", "30", "30 years", "2026-13-01"])
def test_words_that_name_no_time_are_refused(chain: Chain, words: str) -> None:
    with pytest.raises(Rejected, match="time"):
        find_period(LogHistory(chain.log), words or "?")


def test_a_time_is_understood_in_utc_and_a_span_back_from_the_newest_event(chain: Chain) -> None:
    history = LogHistory(chain.log)
    whole = find_period(history, "2020-01-01")
    assert (whole.start, whole.stop) == history.span()
    part = find_period(history, "2m", "1m")
    assert whole.start < part.start < part.stop < whole.stop
    with pytest.raises(Rejected, match="nothing to run over"):
        find_period(history, "1m", "2m")


def test_reports_are_kept_with_their_versions_and_told_to_the_audit(chain: Chain) -> None:
    kept = Backtests(chain.database, chain.clock)
    report = run(chain)
    number = kept.add(report, MODERATOR)
    other = kept.add(run(chain, WIDER), MODERATOR)
    assert kept.report(number) == report
    assert [one.number for one in kept.newest()] == [other, number]
    version = report.rules[0].version
    [found] = kept.newest(rule="spam", version=version)
    assert (found.number, found.created_by, found.rules) == (number, MODERATOR, (("spam", version, 8),))
    assert kept.newest(rule="ham") == []
    change = recent_changes(chain.database, 1)[0].change
    assert (change.actor, change.action, change.target) == (MODERATOR, "backtest", f"backtest:{other}")
    with pytest.raises(Rejected, match="unknown backtest"):
        kept.report(other + 1)


def test_a_version_that_never_ran_cannot_be_compared_with(chain: Chain) -> None:
    with pytest.raises(Rejected, match="no such version"):
        stored_plan(chain.database, plan_of(SPAM), "0123456789ab")


class _Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "rect":
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))


def test_the_page_runs_nothing_fetches_nothing_and_isolates_what_others_wrote(chain: Chain) -> None:
    page = page_of(run(chain, WIDER, plan_of(SPAM)))
    elements = _Elements(page)
    assert elements.open == []
    names = {name for name, _ in elements.found}
    assert not names & {"script", "img", "link", "iframe", "object", "form", "a"}
    attributes = {name for _, given in elements.found for name in given}
    assert not attributes & {"style", "href", "src", "onload", "onclick"}
    policy = next(given["content"] for _, given in elements.found if given.get("http-equiv"))
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    holding = {tag for tag, text in elements.texts if "gnp.exe" in text}
    assert holding == {"bdi"}
    assert "prefers-color-scheme: dark" in style.group(1)


def test_the_text_shows_every_rule_and_lets_no_control_character_through(chain: Chain) -> None:
    text = report_text(run(chain, WIDER, plan_of(SPAM)))
    assert "spam" in text
    assert "both 8, only this version 4, only the old one 0" in text
    assert "people acted on 1 of 2 judged" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_report_is_the_same_after_json(chain: Chain) -> None:
    report = run(chain, WIDER, plan_of(SPAM))
    assert msgspec.json.decode(msgspec.json.encode(report), type=BacktestReport) == report


def test_a_chart_has_a_bar_for_each_step_with_hits_and_holds_them_all() -> None:
    series = [(hour * HOUR_US, hour + 1) for hour in range(0, 100, 7)]
    fine = hits_chart(series, 0, 100 * HOUR_US)
    assert (len(fine.bars), fine.peak, fine.step) == (15, 99, "hour")
    coarse = hits_chart(series, 0, 700 * HOUR_US)
    assert coarse.step == "6 hours"
    assert sum(int(bar.words.rsplit(" ", 1)[1]) for bar in coarse.bars) == sum(hits for _, hits in series)
    assert all(0 <= bar.x < WIDTH and bar.y >= 0 for bar in coarse.bars)
    assert hits_chart([], 0, HOUR_US).bars == ()
