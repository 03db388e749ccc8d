"""Keep the templates of e-mails that moderators send."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.audit import append_audit
from skywarden.moderation.desk.changes import edited, editing
from skywarden.storage import Database
from skywarden.storage.tables import TEMPLATE

NAME_CHARACTERS = 512


@dataclass(frozen=True, slots=True)
class TemplateText:
    """What a template says; `content` is Markdown."""

    name: str
    content: str
    subject: str | None = None
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class TemplateEdit:
    """What to change; None leaves it."""

    name: str | None = None
    content: str | None = None
    subject: str | None = None
    lang: str | None = None
    disabled: bool | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """One template."""

    number: int
    name: str
    content: str
    subject: str | None
    lang: str | None
    disabled: bool
    last_updated_by: Did
    created_us: UtcMicros
    updated_us: UtcMicros


class TemplateService:
    """The templates of one database, each with a name of its own."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def list(self) -> list[Template]:
        """All of them, also the disabled ones, the oldest first."""
        with self._db.read() as tx:
            return [_template(row) for row in tx.execute(select(TEMPLATE).order_by(TEMPLATE.c.id))]

    def create(self, text: TemplateText, by: Did) -> Template:
        """Raises: Rejected DuplicateTemplateName."""
        now_us = self._clock.now_us()
        row = {
            "name": text.name,
            "content": text.content,
            "subject": text.subject,
            "lang": text.lang,
            "disabled": False,
            "last_updated_by": by,
            "created_us": now_us,
            "updated_us": now_us,
        }
        with editing(self._db, "template.create") as tx:
            _refuse_duplicate(tx, text.name)
            tx.execute(insert(TEMPLATE), row)
            made = _template(tx.execute(select(TEMPLATE).where(TEMPLATE.c.name == text.name)).one())
            append_audit(self._db, tx, [edited(by, "template.create", "template", text.name, None, made)], now_us)
        return made

    def update(self, number: int, edit: TemplateEdit, by: Did) -> Template:
        """Raises: Rejected DuplicateTemplateName; TemplateNotFound."""
        with editing(self._db, "template.update") as tx:
            row = tx.execute(select(TEMPLATE).where(TEMPLATE.c.id == number)).one_or_none()
            if row is None:
                raise Rejected("TemplateNotFound", place="id", expected="the id of a template", found=str(number))
            before = _template(row)
            if edit.name is not None and edit.name != before.name:
                _refuse_duplicate(tx, edit.name)
            after = replace(_edited(before, edit), last_updated_by=by, updated_us=self._clock.now_us())
            tx.execute(update(TEMPLATE).where(TEMPLATE.c.id == number).values(_values(after)))
            change = edited(by, "template.update", "template", after.name, before, after)
            append_audit(self._db, tx, [change], after.updated_us)
        return after

    def delete(self, number: int, by: Did) -> None:
        """Delete a template; one that is gone already is no error."""
        with editing(self._db, "template.delete") as tx:
            row = tx.execute(select(TEMPLATE).where(TEMPLATE.c.id == number)).one_or_none()
            if row is None:
                return
            tx.execute(delete(TEMPLATE).where(TEMPLATE.c.id == number))
            change = edited(by, "template.delete", "template", row.name, _template(row), None)
            append_audit(self._db, tx, [change], self._clock.now_us())


def _refuse_duplicate(tx: Connection, name: str) -> None:
    if tx.execute(select(TEMPLATE.c.id).where(TEMPLATE.c.name == name)).one_or_none() is not None:
        raise Rejected("DuplicateTemplateName", place="name", expected="a name of its own", found=repr(name[:100]))


def _edited(before: Template, edit: TemplateEdit) -> Template:
    return replace(
        before,
        name=before.name if edit.name is None else edit.name,
        content=before.content if edit.content is None else edit.content,
        subject=before.subject if edit.subject is None else edit.subject,
        lang=before.lang if edit.lang is None else edit.lang,
        disabled=before.disabled if edit.disabled is None else edit.disabled,
    )


def _values(template: Template) -> dict[str, object]:
    names = ("name", "content", "subject", "lang", "disabled", "last_updated_by", "updated_us")
    return {name: getattr(template, name) for name in names}


def _template(row: Row[Any]) -> Template:
    return Template(
        number=row.id,
        name=row.name,
        content=row.content,
        subject=row.subject,
        lang=row.lang,
        disabled=row.disabled,
        last_updated_by=Did(row.last_updated_by),
        created_us=UtcMicros(row.created_us),
        updated_us=UtcMicros(row.updated_us),
    )
