"""Turn applied rulings into rows of moderation_event and its words: what answers carry and what filters ask for."""

import hashlib
from typing import Any

import msgspec

from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.docket import Ruling
from skywarden.moderation.events import (
    AgeAssuranceEvent,
    AgeAssuranceOverrideEvent,
    AgeAssurancePurgeEvent,
    ModEvent,
    ModEventEmail,
    ModEventLabel,
    ModEventReverseTakedown,
    ModEventTag,
    ModEventTakedown,
    event_json,
)

Row = dict[str, object]

LABEL_ADDED, LABEL_REMOVED, TAG_ADDED, TAG_REMOVED, POLICY = "label+", "label-", "tag+", "tag-", "policy"
_WORD_BYTES = 256


def word_of(text: str) -> str:
    """A text as filters compare it: itself, or its hash where it is long or not ASCII."""
    if len(text) <= _WORD_BYTES and text.isascii():
        return text
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


class _ToolMeta(msgspec.Struct, frozen=True, rename="camel"):
    batch_id: Any = None


class _Tool(msgspec.Struct, frozen=True):
    name: str = ""
    meta: _ToolMeta | None = None


_TOOL = msgspec.json.Decoder(_Tool)


def event_row(number: int, ruling: Ruling, subject_id: int, now_us: UtcMicros) -> Row:
    """The row of an applied ruling whose act is a moderation event."""
    proposal = ruling.proposal
    act, subject = proposal.event, proposal.subject
    tool_name, batch_id = _tool_words(proposal.tool_json)
    said = _Said(act)
    return {
        "id": number,
        "type": act.type_name(),
        "subject_id": subject_id,
        "did": subject.did,
        "record_path": subject.record_path,
        "convo_id": subject.convo_id,
        "message_id": subject.message_id,
        "uri": subject.uri,
        "cid": subject.cid,
        "blob_cids_json": msgspec.json.encode(proposal.blob_cids).decode() if proposal.blob_cids else None,
        "created_by": proposal.created_by,
        "created_us": now_us,
        "comment": said.text("comment"),
        "event_json": event_json(act),
        "tool_json": proposal.tool_json,
        "tool_name": tool_name,
        "batch_id": batch_id,
        "external_id": said.word(proposal.external_id),
        "expires_us": proposal.ends_us(now_us),
        "report_type": said.text("report_type"),
        "severity_level": said.word(said.text("severity_level")),
        "strike_count": _strikes(act),
        "strike_expires_us": _strike_end(act),
        "age_assurance_state": _age_state(act),
        "rule": proposal.rule,
    }


class _Said:
    """The fields of an event that only some kinds have."""

    def __init__(self, act: ModEvent) -> None:
        self._act = act

    def text(self, name: str) -> str | None:
        """A text; NUL, which PostgreSQL cannot hold, is left out (the body keeps it)."""
        found: str | None = getattr(self._act, name, None)
        return found.replace("\0", "") if found else None

    @staticmethod
    def word(text: str | None) -> str | None:
        return word_of(text) if text else None


def _tool_words(tool_json: str | None) -> tuple[str | None, str | None]:
    if tool_json is None:
        return None, None
    tool = _TOOL.decode(tool_json)
    batch = tool.meta.batch_id if tool.meta is not None else None
    return word_of(tool.name) if tool.name else None, word_of(batch) if isinstance(batch, str) and batch else None


def _strikes(act: ModEvent) -> int | None:
    """Strikes that an event adds; a reversal subtracts them."""
    count: int | None = getattr(act, "strike_count", None)
    return -count if count is not None and isinstance(act, ModEventReverseTakedown) else count


def _strike_end(act: ModEvent) -> UtcMicros | None:
    at: str | None = getattr(act, "strike_expires_at", None)
    return None if at is None else datetime_micros(at)


def _age_state(act: ModEvent) -> str | None:
    if isinstance(act, AgeAssurancePurgeEvent):
        return "unknown"
    return act.status if isinstance(act, (AgeAssuranceEvent, AgeAssuranceOverrideEvent)) else None


def event_words(number: int, act: ModEvent) -> list[Row]:
    """The labels, tags and policies of an event, one row each."""
    given: tuple[tuple[str, tuple[str, ...]], ...]
    match act:
        case ModEventLabel():
            given = ((LABEL_ADDED, act.create_label_vals), (LABEL_REMOVED, act.negate_label_vals))
        case ModEventTag():
            given = ((TAG_ADDED, act.add), (TAG_REMOVED, act.remove))
        case ModEventTakedown() | ModEventReverseTakedown() | ModEventEmail():
            given = ((POLICY, act.policies or ()),)
        case _:
            return []
    return [
        {"event_id": number, "kind": kind, "word": word}
        for kind, words in given
        for word in dict.fromkeys(map(word_of, words))
    ]
