"""Turn what people and jobs hand in into proposals, and rulings into what they get back."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection, select

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.docket import Ruling
from skywarden.moderation.event_rows import word_of
from skywarden.moderation.events import ModEventTag
from skywarden.moderation.new_event import NewEvent, StoredEvent
from skywarden.moderation.proposal import Proposal
from skywarden.moderation.queries.conditions import subject_id
from skywarden.storage.tables import MODERATION_EVENT

DUPLICATE = "DuplicateExternalId"
Beside = Callable[[Connection, Sequence[int]], None]
"""Writes more in the transaction of some events, whose ids it is given; raises to undo all."""

AUTOMATIC = "moderation"
"""Actor of what moderation does by itself."""


def proposals_of(new: NewEvent, service: Did) -> list[Proposal]:
    """The event itself, then the tags that moderation puts on the subject of a report."""
    proposal = Proposal(
        act=new.event,
        subject=new.subject,
        created_by=new.created_by,
        actor=new.actor or new.created_by,
        tool_json=new.mod_tool_json,
        blob_cids=new.subject_blob_cids,
        external_id=new.external_id,
        tag_policy=new.tag_policy,
        report_action=new.report_action,
        handed_in=True,
    )
    if not new.auto_tags:
        return [proposal]
    tags = ModEventTag(new.auto_tags, ())
    return [proposal, Proposal(tags, new.subject, service, AUTOMATIC, automatic=True)]


def refuse_duplicate(tx: Connection, new: NewEvent) -> None:
    """Refuse an event that another system has sent before. Raises: Rejected DuplicateExternalId."""
    if new.external_id is None:
        return
    columns = MODERATION_EVENT.c
    query = select(columns.id).where(
        columns.subject_id == subject_id(new.subject.uri),
        columns.type == new.event.type_name(),
        columns.external_id == word_of(new.external_id),
    )
    found = tx.execute(query).scalar()
    if found is not None:
        raise Rejected(DUPLICATE, place=new.subject.uri, expected="a new externalId", found=f"event {found} with it")


def refuse_persons(rulings: Sequence[Ruling]) -> None:
    """Tell a person why not; nothing of the transaction stays. Raises: Rejected, by the lexicon's names."""
    for ruling in rulings:
        if ruling.proposal.by_person and not ruling.applied:
            verdict = ruling.verdict
            raise Rejected(verdict.error, place=ruling.proposal.subject.uri, hint=verdict.why)


def stored_events(
    news: Sequence[NewEvent], rulings: Sequence[Ruling], first: int, tickets: Mapping[int, int], now_us: UtcMicros
) -> list[StoredEvent]:
    """What became of the events that were handed in, among all rulings of their transaction."""
    handed_in = [(number, ruling) for number, ruling in enumerate(rulings, first) if ruling.proposal.handed_in]
    return [
        StoredEvent(
            id=number,
            event=ruling.proposal.event,
            subject=new.subject,
            created_by=new.created_by,
            created_us=now_us,
            subject_blob_cids=new.subject_blob_cids,
            mod_tool_json=new.mod_tool_json,
            report_id=tickets.get(number),
        )
        for new, (number, ruling) in zip(news, handed_in, strict=True)
    ]
