"""Templates of e-mails have names of their own, a language, and an end."""

import pytest

from audit_trail import audited
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.moderation.desk import Desk
from skywarden.moderation.desk.templates import TemplateEdit, TemplateText
from skywarden.storage import Database

ANNA = Did("did:plc:anna")
BEN = Did("did:plc:ben")
WELCOME = TemplateText("Grüße 👋", "Hello **{{handle}}**", "Welcome", "pt-BR")


def test_a_template_is_kept_as_it_was_written(desk: Desk) -> None:
    made = desk.templates.create(WELCOME, ANNA)
    assert (made.name, made.content, made.subject, made.lang) == (
        WELCOME.name,
        WELCOME.content,
        WELCOME.subject,
        WELCOME.lang,
    )
    assert not made.disabled
    assert desk.templates.list() == [made]


def test_two_templates_never_have_one_name_but_names_differ_by_case(desk: Desk) -> None:
    first = desk.templates.create(WELCOME, ANNA)
    second = desk.templates.create(TemplateText("GRÜSSE 👋", "Hi"), ANNA)
    with pytest.raises(Rejected, match="DuplicateTemplateName"):
        desk.templates.create(TemplateText(WELCOME.name, "other"), BEN)
    with pytest.raises(Rejected, match="DuplicateTemplateName"):
        desk.templates.update(second.number, TemplateEdit(name=WELCOME.name), BEN)
    assert desk.templates.update(first.number, TemplateEdit(name=WELCOME.name), BEN).name == WELCOME.name


def test_an_update_changes_what_it_names(desk: Desk, clock: ManualClock) -> None:
    made = desk.templates.create(WELCOME, ANNA)
    clock.advance(1)
    changed = desk.templates.update(made.number, TemplateEdit(disabled=True, lang="de"), BEN)
    assert (changed.name, changed.content, changed.lang, changed.disabled) == (made.name, made.content, "de", True)
    assert changed.last_updated_by == BEN
    assert changed.updated_us == clock.now_us() > changed.created_us
    assert desk.templates.list() == [changed]
    with pytest.raises(Rejected, match="TemplateNotFound"):
        desk.templates.update(made.number + 1, TemplateEdit(disabled=True), BEN)


def test_deleting_twice_is_deleting_once_and_leaves_one_trace(desk: Desk, database: Database) -> None:
    made = desk.templates.create(WELCOME, ANNA)
    desk.templates.delete(made.number, BEN)
    desk.templates.delete(made.number, BEN)
    assert desk.templates.list() == []
    rows = audited(database)
    assert [(actor, action) for actor, action, _, _ in rows] == [(ANNA, "template.create"), (BEN, "template.delete")]
    assert rows[1][3]["before"]["content"] == WELCOME.content
    assert rows[1][3]["after"] is None
