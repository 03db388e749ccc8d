"""A statement of reasons tells the affected user what Article 17 asks for, and nothing that helps to evade a rule."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from proposals import LABELER
from skywarden.app.why import Answer, ExplainService
from skywarden.app.why.letter import letter
from skywarden.app.why.statement import Statement, Words, statement_of
from skywarden.cli.main import app
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.model.subject import Subject
from skywarden.moderation.desk.option_values import Policies, Policy
from skywarden.moderation.desk.templates import TemplateService, TemplateText
from skywarden.moderation.events import ModEventLabel, ModEventReport, ModEventTakedown
from skywarden.moderation.evidence import Evidence
from skywarden.moderation.new_event import NewEvent
from skywarden.storage.tables import DECISION
from why_platform import RULES, Seen

ANNA = Did("did:plc:anna")
POLICIES: Policies = {"no-threats": Policy("No threats", "We do not host threats of violence.")}
WORDS = Words("Appeal in your app.", "Or go to court.")


def answer_of(seen: Seen, number: int) -> tuple[Answer, bool]:
    with seen.database.read() as tx:
        answer = ExplainService(seen.history, seen.texts, seen.snapshots).decision(tx, number)
        assert answer.decision is not None
        return answer, Evidence(tx).was_reported(number, answer.decision.subject)


def stated(seen: Seen, number: int, words: Words = WORDS) -> Statement:
    answer, reported = answer_of(seen, number)
    return statement_of(answer, POLICIES, words, reported=reported)


def decision(seen: Seen, rule: str, kind: str) -> int:
    of_rule = (DECISION.c.rule == rule, DECISION.c.kind == kind, DECISION.c.outcome == "applied")
    with seen.database.read() as tx:
        return int(tx.execute(select(DECISION.c.id).where(*of_rule).order_by(DECISION.c.id).limit(1)).scalar_one())


def test_a_takedown_by_a_rule_names_policy_means_and_term(seen: Seen) -> None:
    found = stated(seen, decision(seen, "threat", "takedown"))
    assert found.action == "Your account was suspended."
    assert found.policies == (("No threats", "We do not host threats of violence."),)
    assert (found.detection, found.decided) == (
        "It was found by automated means.",
        "It was decided by automated means, without a person.",
    )
    assert found.until
    assert found.ended, "its term is over"
    assert found.fields["decision_account"] == "DECISION_ACCOUNT_SUSPENDED"
    assert found.fields["automated_decision"] == "AUTOMATED_DECISION_FULLY"
    assert found.fields["end_date_account_restriction"] == found.ended[:10]


def test_a_label_on_a_post_names_the_content(seen: Seen) -> None:
    found = stated(seen, decision(seen, "often", "label"))
    assert found.excerpt == "buy now"
    assert found.fields["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_LABELLED"]
    assert found.fields["content_type"] == ["CONTENT_TYPE_TEXT"]
    assert found.fields["source_type"] == "SOURCE_VOLUNTARY"


def test_it_tells_neither_rule_nor_values_nor_limits_unless_the_settings_say_so(seen: Seen) -> None:
    number = decision(seen, "often", "label")
    for text in (letter(stated(seen, number), [], "x", "en"), msgspec.json.encode(stated(seen, number)).decode()):
        assert "often" not in text
        assert "3 times" not in text
        assert "6 an hour" not in text
    told = letter(stated(seen, number, replace(WORDS, tells_values=True)), [], "x", "en")
    assert "said it 3 times" in told


def test_a_person_who_decided_after_reports_is_told_of_and_not_named(seen: Seen) -> None:
    uri = "at://did:plc:f/app.bsky.feed.post/1"
    subject = Subject(Did("did:plc:f"), uri)
    moderation = seen.chain.service
    moderation.emit(NewEvent(ModEventReport("com.atproto.moderation.defs#reasonRude"), subject, Did("did:plc:victim")))
    taken = moderation.emit(NewEvent(ModEventTakedown("he is rude to Bob", policies=("no-threats",)), subject, ANNA))
    found = stated(seen, taken.id)
    assert found.detection == "It was found through reports of users."
    assert found.decided == "A member of the moderation team decided it."
    assert found.fields["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    text = letter(found, [], "x", "en")
    for secret in (ANNA, "anna", "victim", "Bob"):
        assert secret not in text
        assert secret not in msgspec.json.encode(found).decode()


def test_what_a_person_confirmed_was_decided_in_part_by_one(seen: Seen) -> None:
    number = decision(seen, "often", "label")
    answer, _ = answer_of(seen, number)
    assert answer.decision is not None
    subject = Subject(Did("did:plc:a"), answer.decision.subject)
    seen.chain.service.emit(NewEvent(ModEventLabel(("spam",), ()), subject, ANNA))
    found = stated(seen, number)
    assert found.decided.endswith("confirmed by a member of the moderation team.")
    assert found.fields["automated_decision"] == "AUTOMATED_DECISION_PARTIALLY"


def test_what_restricts_nobody_has_no_statement(seen: Seen) -> None:
    for kind in ("tag", "report"):
        with pytest.raises(Rejected, match="label or takedown"):
            stated(seen, decision(seen, "often", kind))


def test_an_operators_template_takes_the_place_of_ours_in_its_language(seen: Seen) -> None:
    templates = TemplateService(seen.database, seen.chain.clock)
    templates.create(TemplateText("Reasons", "We did: {{action}} {{ appeal }}"), LABELER)
    templates.create(TemplateText("Reasons, de", "Wir haben: {{reference}}", lang="de"), LABELER)
    templates.create(TemplateText("Reasons, fr", "{{rule}}", lang="fr"), LABELER)
    found = stated(seen, decision(seen, "threat", "takedown"))
    assert letter(found, templates.list(), "Reasons", "en") == (
        "We did: Your account was suspended. Appeal in your app.\n"
    )
    assert letter(found, templates.list(), "Reasons", "de").startswith("Wir haben: decision-")
    with pytest.raises(Rejected, match="unknown slot"):
        letter(found, templates.list(), "Reasons", "fr")
    with pytest.raises(Rejected, match="communication template"):
        letter(found, templates.list(), "Reasons", "nl")


def test_markup_in_the_users_own_words_stays_words(seen: Seen) -> None:
    found = replace(stated(seen, decision(seen, "often", "label")), excerpt="[x](javascript:1) <b>\n# big \u202egpj")
    text = letter(found, [], "x", "en")
    assert "> \\[x\\](javascript:1) \\<b\\>\n> \\# big gpj" in text


@pytest.mark.parametrize("style", ["text", "json"])
def test_the_command_writes_the_letter_and_the_fields(lived: Path, style: str) -> None:
    rules = lived / "rules.py"
    rules.write_text(f'"""Rules."""\nfrom skywarden.lang import *\n\n{RULES}')
    asked = ["explain", "label", "1", "--statement", "--format", style, "--data", str(lived)]
    result = CliRunner().invoke(app, asked, env={"SKYWARDEN_RULES_PATH": str(rules)})
    assert result.exit_code == 0, result.exception
    if style == "json":
        assert msgspec.json.decode(result.stdout)["fields"]["puid"].startswith("decision-")
    else:
        assert result.stdout.startswith("# Statement of reasons")
