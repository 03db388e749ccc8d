"""Rules for links are found as they were written, and their events can be followed without a gap."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from audit_trail import audited
from databases import Stagger
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.moderation.desk import Desk
from skywarden.moderation.desk.safelinks import URLS_AT_ONCE, LinkQuery, LinkRule, SafelinkService
from skywarden.storage import Database, migrate, open_database

ANNA = Did("did:plc:anna")
BEN = Did("did:plc:ben")
SITE = LinkRule("bad.example", "domain", "block", "phishing", "Known since May")
PAGE = LinkRule("https://bad.example/fine?x=1#y", "url", "whitelist", "none")

GOOD = [
    ("https://malicious-site.example", "domain"),
    ("phishing.example", "domain"),
    ("xn--bcher-kva.example", "domain"),
    ("bücher.example", "domain"),
    ("192.0.2.7", "domain"),
    ("https://a.example/path?q=1#f", "url"),
    ("http://user@a.example:8080/", "url"),
    ("https://[2001:db8::1]/x", "url"),
]
BAD = [
    ("", "domain"),
    ("bad example.com", "domain"),
    ("localhost", "domain"),
    ("bad.example/path", "domain"),
    ("ftp://bad.example", "domain"),
    ("bad.example", "url"),
    ("javascript:alert(1)", "url"),
    ("https://", "url"),
    ("https://a.example:notaport/", "url"),
    ("https://a.example/\u202e", "url"),
    ("https://a.example/" + "x" * 8_192, "url"),
]


def test_a_rule_is_made_changed_and_removed_with_an_event_each(desk: Desk, clock: ManualClock) -> None:
    added = desk.safelinks.add(SITE, ANNA)
    clock.advance(1)
    changed = desk.safelinks.update(LinkRule("bad.example", "domain", "warn", "spam"), BEN)
    [stored] = desk.safelinks.rules(LinkQuery()).rows
    assert (stored.number, stored.rule.action, stored.rule.comment) == (added.number, "warn", None)
    assert (stored.created_by, stored.created_us, stored.updated_us) == (BEN, added.created_us, clock.now_us())
    removed = desk.safelinks.remove("bad.example", "domain", "False alarm", ANNA)
    assert (removed.rule.action, removed.rule.reason, removed.rule.comment) == ("warn", "spam", "False alarm")
    assert desk.safelinks.rules(LinkQuery()).rows == ()
    events = desk.safelinks.events(LinkQuery(direction="asc")).rows
    assert events == (added, changed, removed)
    assert [event.event_type for event in events] == ["addRule", "updateRule", "removeRule"]


def test_one_text_has_one_rule_for_each_pattern(desk: Desk) -> None:
    desk.safelinks.add(SITE, ANNA)
    with pytest.raises(Rejected, match="RuleAlreadyExists"):
        desk.safelinks.add(SITE, BEN)
    desk.safelinks.add(LinkRule("https://bad.example", "domain", "warn", "none"), ANNA)
    desk.safelinks.add(LinkRule("https://bad.example", "url", "warn", "none"), ANNA)
    assert len(desk.safelinks.events(LinkQuery()).rows) == 3
    for url in (PAGE.url, "BAD.example"):
        with pytest.raises(Rejected, match="RuleNotFound"):
            desk.safelinks.update(LinkRule(url, "domain", "block", "spam"), ANNA)
        with pytest.raises(Rejected, match="RuleNotFound"):
            desk.safelinks.remove(url, "domain", None, ANNA)


@pytest.mark.parametrize("url, pattern", GOOD)
def test_hosts_and_web_urls_can_have_rules(desk: Desk, url: str, pattern: str) -> None:
    rule = LinkRule(url, "domain" if pattern == "domain" else "url", "block", "spam")
    assert desk.safelinks.add(rule, ANNA).rule == rule
    assert desk.safelinks.rules(LinkQuery(urls=[url])).rows[0].rule == rule


@pytest.mark.parametrize("url, pattern", BAD)
def test_other_text_can_have_none(desk: Desk, url: str, pattern: str) -> None:
    with pytest.raises(Rejected, match="InvalidUrl"):
        desk.safelinks.add(LinkRule(url, "domain" if pattern == "domain" else "url", "block", "spam"), ANNA)


def test_rules_are_found_by_each_of_their_properties(desk: Desk) -> None:
    desk.safelinks.add(SITE, ANNA)
    desk.safelinks.add(PAGE, BEN)

    def found(query: LinkQuery) -> list[str]:
        return [stored.rule.url for stored in desk.safelinks.rules(query).rows]

    assert found(LinkQuery()) == [PAGE.url, SITE.url]
    assert found(LinkQuery(direction="asc")) == [SITE.url, PAGE.url]
    assert found(LinkQuery(urls=[SITE.url, "other.example"])) == [SITE.url]
    assert found(LinkQuery(pattern="url")) == [PAGE.url]
    assert found(LinkQuery(actions=["block", "warn"])) == [SITE.url]
    assert found(LinkQuery(reason="none")) == [PAGE.url]
    assert found(LinkQuery(created_by=ANNA)) == [SITE.url]
    assert found(LinkQuery(urls=[SITE.url], pattern="url")) == []


def test_a_question_may_name_many_urls_and_not_any_number(desk: Desk) -> None:
    desk.safelinks.add(SITE, ANNA)
    urls = [*(f"h{number}.example" for number in range(URLS_AT_ONCE - 1)), SITE.url]
    assert len(desk.safelinks.rules(LinkQuery(urls=urls)).rows) == 1
    with pytest.raises(Rejected, match="urls"):
        desk.safelinks.events(LinkQuery(urls=[*urls, "more.example"]))


@pytest.mark.parametrize("rising", [True, False])
def test_pages_of_rules_join_in_both_directions(desk: Desk, rising: bool) -> None:
    urls = [f"h{number}.example" for number in range(5)]
    for url in urls:
        desk.safelinks.add(LinkRule(url, "domain", "block", "spam"), ANNA)
    found: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = desk.safelinks.rules(LinkQuery(direction="asc" if rising else "desc", limit=2, cursor=cursor))
        found, cursor = [*found, *(stored.rule.url for stored in page.rows)], page.cursor
    assert cursor is None
    assert found == (urls if rising else urls[::-1])


def test_who_follows_the_events_reads_on_from_the_last_one_seen(desk: Desk) -> None:
    desk.safelinks.add(SITE, ANNA)
    seen = desk.safelinks.events(LinkQuery(direction="asc"))
    assert seen.cursor is not None
    assert desk.safelinks.events(LinkQuery(direction="asc", cursor=seen.cursor)).rows == ()
    desk.safelinks.add(PAGE, ANNA)
    [event] = desk.safelinks.events(LinkQuery(direction="asc", cursor=seen.cursor)).rows
    assert event.rule == PAGE
    assert desk.safelinks.events(LinkQuery()).cursor is None


def test_a_follower_misses_no_event_while_many_write(database_url: str) -> None:
    db = open_database(database_url, seam=Stagger())
    migrate(db)
    writers, each = 6, 4
    service, done, followed = SafelinkService(db, ManualClock()), threading.Event(), list[int]()

    def follow() -> None:
        cursor: str | None = None
        while True:
            last = done.is_set()
            page = service.events(LinkQuery(direction="asc", limit=3, cursor=cursor))
            followed.extend(event.number for event in page.rows)
            cursor = page.cursor or cursor
            if last and not page.rows:
                return

    def write(writer: int) -> None:
        for number in range(each):
            service.add(LinkRule(f"w{writer}n{number}.example", "domain", "block", "spam"), ANNA)

    with ThreadPoolExecutor(writers + 1) as pool:
        reading = pool.submit(follow)
        list(pool.map(write, range(writers)))
        done.set()
        reading.result()
    assert followed == sorted(set(followed))
    assert len(followed) == writers * each
    db.close()


def test_each_change_of_a_rule_is_in_the_audit_with_before_and_after(desk: Desk, database: Database) -> None:
    desk.safelinks.add(SITE, ANNA)
    desk.safelinks.update(LinkRule("bad.example", "domain", "warn", "spam"), BEN)
    desk.safelinks.remove("bad.example", "domain", None, ANNA)
    rows = audited(database)
    assert [(actor, action, target) for actor, action, target, _ in rows] == [
        (ANNA, "safelink.addRule", "domain:bad.example"),
        (BEN, "safelink.updateRule", "domain:bad.example"),
        (ANNA, "safelink.removeRule", "domain:bad.example"),
    ]
    actions = [[side and side["action"] for side in (change["before"], change["after"])] for _, _, _, change in rows]
    assert actions == [[None, "block"], ["block", "warn"], ["warn", None]]
