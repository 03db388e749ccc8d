"""Moderators see what waits, one takes one thing at a time, and nothing that they did not see is decided over."""

import re

import pytest

from console_site import Console, make_site
from identities import MODERATOR, TRIAGE, VERIFIER
from proposals import account
from skywarden.api.views.statuses import NO_CID
from skywarden.console.review.item import link_of
from skywarden.kernel.ids import Cid, Did
from skywarden.model.subject import Subject
from skywarden.moderation.events import ModEventComment, ModEventTag
from skywarden.moderation.new_event import NewEvent, NewReport
from skywarden.storage import Database

SPAM = "com.atproto.moderation.defs#reasonSpam"
EVIL = "<svg onload=alert(1)>\u202e"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def site(database: Database) -> Console:
    """A console with three reported accounts, the last one most recently."""
    made = make_site(database)
    for number in range(3):
        made.services.moderation.create_report(NewReport(SPAM, account(number), Did("did:plc:reporter"), EVIL))
    return made


def form(site: Console, subject: str, **fields: object) -> dict[str, object]:
    """The form of a page that shows everything that has happened to a subject."""
    text = site.visitor(MODERATOR).get("/review/subject", params={"subject": subject}).text
    seen = re.search(r'name="seen" value="(\d+)"', text)
    assert seen is not None
    return {"subject": subject, "seen": seen[1], **fields}


def test_the_queue_lists_what_was_reported_and_escapes_it(site: Console) -> None:
    text = site.visitor(TRIAGE).get("/review").text
    assert all(account(number).did in text for number in range(3))
    assert "<svg onload" not in site.visitor(TRIAGE).get("/review/subject", params={"subject": account(0).did}).text


def test_who_reviews_takes_an_item_that_nobody_else_has(site: Console) -> None:
    first = site.visitor(MODERATOR).post("/review/next", data={"state": "open"}).headers["location"]
    second = site.visitor(TRIAGE).post("/review/next", data={"state": "open"}).headers["location"]
    assert first.startswith("/review/subject?subject=")
    assert second.startswith("/review/subject?subject=")
    assert first != second
    assert "On the desk of" in site.visitor(TRIAGE).get(first).text
    assert "On the desk of" not in site.visitor(MODERATOR).get(first).text


def test_a_decision_does_all_or_nothing_and_leads_to_the_next_item(site: Console) -> None:
    subject = account(0)
    fields = form(site, subject.did, action=["acknowledge", "comment"], label_add="spam", comment="seen it")
    answer = site.visitor(MODERATOR).post("/review/decide", data=fields, headers=HTMX)
    assert answer.status_code == 200
    assert "Done: label, acknowledge, comment." in answer.text
    assert f'name="subject" value="{account(1).did}"' in answer.text or account(2).did in answer.text
    assert site.services.moderation.status(subject.uri).labels == {("spam", "")}
    refused = form(site, account(1).did, action=["acknowledge", "mute"], label_add="x" * 200)
    assert site.visitor(MODERATOR).post("/review/decide", data=refused).status_code == 400
    assert site.services.moderation.status(account(1).uri).labels == set()
    open_now = site.visitor(TRIAGE).get("/review").text
    assert account(1).did in open_now
    assert subject.did not in open_now


def test_a_late_second_decision_is_told_of_the_first(site: Console) -> None:
    fields = form(site, account(0).did, action="acknowledge")
    site.services.moderation.emit(NewEvent(ModEventTag(("urgent",), ()), account(0), MODERATOR.did))
    answer = site.visitor(TRIAGE).post("/review/decide", data=fields, headers=HTMX)
    assert answer.status_code == 409
    assert "Somebody was faster" in answer.text
    assert "+urgent" in answer.text
    assert site.visitor(TRIAGE).post("/review/decide", data=form(site, account(0).did, action="acknowledge")).is_success


def test_roles_hold_for_decisions_too(site: Console) -> None:
    takedown = form(site, account(0).did, action="takedown")
    assert site.visitor(TRIAGE).post("/review/decide", data=takedown).status_code == 403
    assert site.visitor(VERIFIER).post("/review/decide", data=takedown).status_code == 403
    assert site.visitor(MODERATOR).post("/review/decide", data=takedown).is_success
    assert site.services.moderation.status(account(0).uri).takendown


@pytest.mark.parametrize(
    ("fields", "what"),
    [({}, "an action"), ({"action": "comment"}, "what you want to say"), ({"action": "explode"}, "acknowledge")],
)
def test_a_form_that_says_nothing_is_refused_with_what_is_missing(
    site: Console, fields: dict[str, str], what: str
) -> None:
    answer = site.visitor(MODERATOR).post("/review/decide", data=form(site, account(0).did, **fields))
    assert answer.status_code == 400
    assert what in answer.text


def test_a_record_that_nobody_has_any_more_can_still_be_decided(site: Console) -> None:
    record = Subject.record(
        Did("did:plc:gone"),
        "app.bsky.feed.post",
        "3k",
        Cid(NO_CID),
    )
    site.services.moderation.create_report(NewReport(SPAM, record, Did("did:plc:reporter")))
    site.services.moderation.emit(NewEvent(ModEventComment(EVIL), record, MODERATOR.did))
    text = site.visitor(MODERATOR).get("/review/subject", params={"subject": record.uri}).text
    assert "Nobody has this record any more" in text
    assert "<svg onload" not in text


def test_the_end_of_the_queue_says_so(site: Console) -> None:
    for number in range(3):
        answer = site.visitor(MODERATOR).post(
            "/review/decide", data=form(site, account(number).did, action="acknowledge")
        )
    assert "The queue is empty" in answer.text
    assert "Nothing waits here" in site.visitor(MODERATOR).get("/review").text


@pytest.mark.parametrize(
    ("text", "url", "misleads"),
    [
        ("example.com/a", "https://example.com/a/b", False),
        ("www.example.com", "https://example.com/", False),
        ("example.com…", "https://example.com/", False),
        ("bank.example", "https://thief.example/bank.example", True),
        ("read this", "https://example.com/", False),
        ("example.com", "https://еxample.com/", True),
    ],
)
def test_alink_of_that_shows_another_host_is_marked(text: str, url: str, misleads: bool) -> None:
    assert link_of(text, url).is_misleading is misleads
