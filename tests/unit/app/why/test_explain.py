"""An explanation goes from a label back to the event, and on to what people made of it."""

from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from proposals import LABELER
from skywarden.app.why import Answer, ExplainService, about, find_label
from skywarden.app.why.page import answer_page, entries_page
from skywarden.cli.main import app
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.model.subject import Subject
from skywarden.moderation.events import ModEventLabel, ModEventReport, ModEventReverseTakedown
from skywarden.moderation.evidence.after import Sense
from skywarden.moderation.new_event import NewEvent
from skywarden.moderation.undo import UndoService
from skywarden.observe.metrics import Metrics
from skywarden.storage.tables import DECISION, EFFECT, LABEL
from why_platform import RULES, Seen

ANNA = Did("did:plc:anna")
D = Subject.account(Did("did:plc:d"))


def service(seen: Seen) -> ExplainService:
    return ExplainService(seen.history, seen.texts, seen.snapshots)


def explained(seen: Seen, rule: str, outcome: str = "applied", kind: str = "") -> Answer:
    """The first decision of a rule that ended so."""
    query = select(DECISION.c.id).where(DECISION.c.rule == rule, DECISION.c.outcome == outcome)
    if kind:
        query = query.where(DECISION.c.kind == kind)
    with seen.database.read() as tx:
        number = tx.execute(query.order_by(DECISION.c.id).limit(1)).scalar_one()
        return service(seen).decision(tx, number)


def test_a_decision_is_explained_back_to_its_event(seen: Seen) -> None:
    found = explained(seen, "often", kind="label")
    assert found.decision is not None
    assert (found.decision.kind, found.decision.value, found.decision.automatic) == ("label", "spam", True)
    assert found.effect is not None
    assert found.effect.options == ("expires 7d",)
    assert found.hit is not None
    assert found.hit.values["times"] == 3
    assert found.event is not None
    assert found.event.columns["text"] == "buy now"
    assert found.rule is not None
    assert found.rule.definition.startswith("@rule(\n    on=post.created")
    assert found.rule.definition.endswith('not contains(post.text, "sorry")')
    assert found.explanation is not None
    assert found.explanation.fired
    (window,) = found.explanation.windows
    assert (window.answer, window.events) == (3, 3)
    assert [label.val for label in found.labels] == ["spam"]
    assert found.missing == ()


def test_a_label_leads_to_the_same_decision_by_number_and_by_name(seen: Seen) -> None:
    decision = explained(seen, "often", kind="label")
    label = decision.labels[0]
    with seen.database.read() as tx:
        by_number = service(seen).label(tx, find_label(tx, (str(label.seq),)))
        by_name = service(seen).label(tx, find_label(tx, (label.uri, "spam")))
    assert by_number.decision == by_name.decision == decision.decision
    assert by_number.labels[0] == label


def test_a_label_that_no_decision_asked_for_is_said_to_be_from_elsewhere(seen: Seen) -> None:
    with seen.database.write("test") as tx:
        tx.execute(update(LABEL).where(LABEL.c.seq == 1).values(cause="imported"))
    with seen.database.read() as tx:
        found = service(seen).label(tx, find_label(tx, ("1",)))
    assert found.decision is None
    assert "from elsewhere" in found.missing[0]


def test_the_breaker_that_stopped_an_effect_is_named_with_its_count(seen: Seen) -> None:
    query = select(DECISION.c.id).where(DECISION.c.why == "rule:often reached its limit of 6 an hour")
    with seen.database.read() as tx:
        found = service(seen).decision(tx, tx.execute(query.limit(1)).scalar_one())
    assert found.decision is not None
    assert [(one.scope, one.span, one.used, one.most, one.stopped) for one in found.decision.limits] == [
        ("rule:often", "hour", 6, 6, True)
    ]
    assert (found.labels, found.followed) == ((), ())


def test_an_effect_and_a_hit_are_explained_as_their_decision_is(seen: Seen) -> None:
    decision = explained(seen, "threat")
    assert decision.effect is not None
    assert decision.hit is not None
    with seen.database.read() as tx:
        effect = service(seen).effect(tx, decision.effect.effect_id)
        hit = service(seen).hit(tx, f"{decision.hit.offset}/threat")
        with pytest.raises(Rejected, match="unknown hit"):
            service(seen).hit(tx, f"{decision.hit.offset}/often")
    assert (effect.decision, effect.hit) == (decision.decision, decision.hit)
    assert (hit.hit, hit.explanation) == (decision.hit, decision.explanation)


def senses(answer: Answer) -> list[tuple[str, Sense]]:
    return [(one.by, one.sense) for one in answer.followed]


def test_what_people_made_of_a_decision_is_told(seen: Seen) -> None:
    decision = explained(seen, "often", kind="label")
    assert decision.decision is not None
    moderation, uri = seen.chain.service, decision.decision.subject
    subject = Subject(Did("did:plc:a"), uri)
    appeal = ModEventReport("com.atproto.moderation.defs#reasonAppeal", "not spam")
    moderation.emit(NewEvent(ModEventLabel(("spam",), (), "sure"), subject, ANNA))
    moderation.emit(NewEvent(appeal, subject, Did("did:plc:a")))
    moderation.emit(NewEvent(ModEventLabel((), ("spam",), "sorry"), subject, ANNA))
    found = explained(seen, "often", kind="label")
    assert [one for one in senses(found) if one[0].startswith("did:")] == [
        (ANNA, Sense.CONFIRMED),
        ("did:plc:a", Sense.APPEALED),
        (ANNA, Sense.REVERSED),
    ]
    assert found.followed[-1].comment == "sorry"


def test_the_end_of_a_term_reverses_a_takedown_and_is_nobodys(seen: Seen) -> None:
    assert ("expiry", Sense.REVERSED) in senses(explained(seen, "threat"))


def test_a_persons_own_decision_is_told_as_theirs(seen: Seen) -> None:
    seen.chain.post("did:plc:d", "a threat")
    stored = seen.chain.service.emit(NewEvent(ModEventReverseTakedown("a mistake"), D, ANNA))
    with seen.database.read() as tx:
        found = service(seen).decision(tx, stored.id)
    assert found.decision is not None
    assert (found.decision.by, found.decision.automatic) == (ANNA, False)
    assert (found.decision.comment, found.effect, found.rule) == ("a mistake", None, None)


def test_an_undo_is_told_with_what_it_did(seen: Seen) -> None:
    decision = explained(seen, "often", kind="label")
    assert decision.decision is not None
    undo = UndoService(seen.database, seen.chain.service, LABELER, clock=seen.chain.clock, metrics=Metrics())
    undo.take_back(undo.of_decision(decision.decision.id), "cli", "a test")
    while undo.step() is not None:
        pass
    found = explained(seen, "often", kind="label")
    told = [one for one in found.followed if one.sense is Sense.UNDONE]
    assert [(one.by, one.comment) for one in told] == [("cli", "a test")]
    assert ("undo", Sense.REVERSED) in senses(found)


def test_what_is_no_longer_kept_is_said_to_be_missing(seen: Seen) -> None:
    with seen.database.write("test") as tx:
        tx.execute(EFFECT.delete())
    found = explained(seen, "often")
    assert "no longer stored" in found.missing[0]
    assert found.decision is not None


def test_about_a_subject_is_listed_what_can_be_asked_for(seen: Seen) -> None:
    decision = explained(seen, "often", kind="label")
    assert decision.decision is not None
    with seen.database.read() as tx:
        names = [entry.name for entry in about(tx, seen.history, decision.decision.subject)]
        with pytest.raises(Rejected, match="nothing to explain"):
            about(tx, seen.history, "did:plc:nobody")
    assert f"decision {decision.decision.id}" in names
    assert f"label {decision.labels[0].seq}" in names
    assert any(name.endswith("/often") for name in names)


class Elements(HTMLParser):
    """Every element of a page, and every attribute that could fetch or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.active: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.active += [name for name, _ in attrs if name.startswith("on") or name in ("src", "href", "srcset")]


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)> \u202egpj.exe threat'


def test_a_page_shows_hostile_text_as_text_and_fetches_nothing(seen: Seen) -> None:
    seen.chain.post("did:plc:e", HOSTILE)
    with seen.database.read() as tx:
        query = select(DECISION.c.id).where(DECISION.c.rule == "threat").order_by(DECISION.c.id.desc())
        found = service(seen).decision(tx, tx.execute(query.limit(1)).scalar_one())
        listed = entries_page(about(tx, seen.history, "did:plc:e"))
    for page in (answer_page(found), listed):
        elements = Elements()
        elements.feed(page)
        assert elements.tags.isdisjoint({"script", "img", "link", "iframe", "object", "form", "a"})
        assert elements.active == []
        assert "default-src 'none'" in page
    assert "&lt;script&gt;alert(1)" in answer_page(found)


@pytest.mark.parametrize("words", [("decision", "1"), ("label", "1"), ("did:plc:a",)])
@pytest.mark.parametrize("style", ["text", "json", "html"])
def test_the_command_writes_text_json_and_a_page(lived: Path, words: tuple[str, ...], style: str) -> None:
    rules = lived / "rules.py"
    rules.write_text(f'"""Rules."""\nfrom skywarden.lang import *\n\n{RULES}')
    asked = ["explain", *words, "--format", style, "--data", str(lived)]
    result = CliRunner().invoke(app, asked, env={"SKYWARDEN_RULES_PATH": str(rules)})
    assert result.exit_code == 0, result.exception
    if style == "json":
        assert msgspec.json.decode(result.stdout)
    assert ("<!doctype html>" in result.stdout) == (style == "html")
    assert "decision 1" in result.stdout or "label" in result.stdout


def test_the_command_says_what_can_be_asked(lived: Path) -> None:
    result = CliRunner().invoke(app, ["explain", "everything", "--data", str(lived)])
    assert isinstance(result.exception, Rejected)
    assert "hit OFFSET/RULE" in str(result.exception)


def test_the_replay_command_says_identical(lived: Path) -> None:
    rules = lived / "rules.py"
    rules.write_text(f'"""Rules."""\nfrom skywarden.lang import *\n\n{RULES}')
    asked = ["replay", "--all", "--data", str(lived)]
    result = CliRunner().invoke(app, asked, env={"SKYWARDEN_RULES_PATH": str(rules)})
    assert result.exit_code == 0, result.exception
    assert "identical, 0 different, 0 unknown" in result.stdout
