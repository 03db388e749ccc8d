"""Turn a moderator's form into events, and make them durable together, unless somebody was faster."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from skywarden.api.emitting import GivenEvent, new_event
from skywarden.console.form import Form
from skywarden.console.page import Visit
from skywarden.kernel.errors import Rejected
from skywarden.moderation.new_event import StoredEvent
from skywarden.storage.tables import MODERATION_EVENT, SUBJECT

_DEFS = "tools.ozone.moderation.defs#"
CONFLICT = "Conflict"
_TOOL = {"name": "skywarden/console"}
_DAY_HOURS = 24


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done with a subject; `seen` is the newest event that the form's page showed."""

    uri: str
    cid: str
    seen: int
    events: Sequence[dict[str, Any]]


def read_decision(form: Form) -> Decision:
    """Read the form. Raises: Rejected InvalidRequest, saying what is missing."""
    uri = form.text("subject")
    comment = form.text("comment") or None
    events = [_event(kind, form, comment) for kind in form.texts("action")]
    add, remove = _labels(form)
    if add or remove:
        hours = form.number("label_days")
        body = {"createLabelVals": add, "negateLabelVals": remove, "comment": comment}
        events.insert(0, _body("modEventLabel", body | {"durationInHours": hours and hours * _DAY_HOURS}))
    tags_added, tags_removed = form.texts("tag_add"), form.texts("tag_remove")
    if tags_added or tags_removed:
        events.insert(0, _body("modEventTag", {"add": tags_added, "remove": tags_removed, "comment": comment}))
    if not events:
        raise Rejected("InvalidRequest", place="decision", expected="an action, a label or a tag", found="none")
    return Decision(uri, form.text("cid"), form.number("seen") or 0, events)


def decide(visit: Visit, decision: Decision) -> list[StoredEvent]:
    """Make the events durable, all or none. May block.

    Raises: Rejected Conflict, when the subject has an event that the member has not seen; what moderation refuses.
    """
    given = [msgspec.convert(_given(visit, decision, event), GivenEvent) for event in decision.events]
    news = [new_event(one, visit.caller, visit.site.services) for one in given]
    subject = news[0].subject

    def nothing_newer(tx: Connection, made: Sequence[int]) -> None:
        query = (
            select(func.max(MODERATION_EVENT.c.id))
            .join(SUBJECT, SUBJECT.c.id == MODERATION_EVENT.c.subject_id)
            .where(SUBJECT.c.uri == subject.uri, MODERATION_EVENT.c.id < min(made))
        )
        newest = int(tx.execute(query).scalar() or 0)
        if newest > decision.seen:
            raise Rejected(CONFLICT, place=subject.uri, expected=f"no event after {decision.seen}", found=f"{newest}")

    return visit.site.services.moderation.emit_all(news, nothing_newer)


def _given(visit: Visit, decision: Decision, event: dict[str, Any]) -> dict[str, Any]:
    if decision.uri.startswith("at://"):
        subject = {"$type": "com.atproto.repo.strongRef", "uri": decision.uri, "cid": decision.cid}
    else:
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": decision.uri}
    return {"event": event, "subject": subject, "createdBy": visit.caller.did, "modTool": _TOOL}


def _event(kind: str, form: Form, comment: str | None) -> dict[str, Any]:
    """The event of one action. Raises: Rejected InvalidRequest."""
    if kind == "takedown":
        return _takedown(form, comment)
    if kind == "mute":
        return _body("modEventMute", {"durationInHours": form.number("mute_hours") or _DAY_HOURS, "comment": comment})
    if kind in _PLAIN:
        extra = {"sticky": True} if kind == "comment" and form.text("sticky") else {}
        if kind == "comment" and comment is None:
            raise Rejected("InvalidRequest", place="comment", expected="what you want to say", found="nothing")
        return _body(_PLAIN[kind], {"comment": comment, **extra})
    raise Rejected(
        "InvalidRequest", place="action", expected=", ".join(("takedown", "mute", *_PLAIN)), found=repr(kind)
    )


_PLAIN = {
    "acknowledge": "modEventAcknowledge",
    "escalate": "modEventEscalate",
    "comment": "modEventComment",
    "reverse": "modEventReverseTakedown",
    "resolve": "modEventResolveAppeal",
    "unmute": "modEventUnmute",
}


def _takedown(form: Form, comment: str | None) -> dict[str, Any]:
    days = form.number("takedown_days")
    body = {
        "comment": comment,
        "durationInHours": days and days * _DAY_HOURS,
        "policies": form.texts("policy") or None,
        "severityLevel": form.text("severity") or None,
        "strikeCount": form.number("strikes"),
    }
    return _body("modEventTakedown", body)


def _labels(form: Form) -> tuple[list[str], list[str]]:
    """Labels to put on and to take off: those of the boxes, and those that were typed."""
    typed = form.text("label_other").replace(",", " ").split()
    return list(dict.fromkeys([*form.texts("label_add"), *typed])), form.texts("label_remove")


def _body(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"$type": _DEFS + name, **{key: value for key, value in fields.items() if value is not None}}
