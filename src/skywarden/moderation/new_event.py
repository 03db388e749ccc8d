"""What people, jobs and imports hand to moderation, and what they get back once it is durable."""

from dataclasses import dataclass

from skywarden.kernel.ids import Cid, Did, UtcMicros
from skywarden.model.subject import Subject
from skywarden.moderation.events import ModEvent, ModEventReport
from skywarden.moderation.reasons import report_tag
from skywarden.moderation.reports.acting import ReportAction
from skywarden.moderation.tag_policy import OPEN_TAGS, TagPolicy


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One event of the lexicon. `actor` is who the audit names, if not `created_by`.

    `external_id` is unique per type and subject. `auto_tags` are put on the subject of a report by moderation itself.
    """

    event: ModEvent
    subject: Subject
    created_by: Did
    subject_blob_cids: tuple[Cid, ...] = ()
    mod_tool_json: str | None = None
    external_id: str | None = None
    report_action: ReportAction | None = None
    actor: str = ""
    tag_policy: TagPolicy = OPEN_TAGS
    auto_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A durable event. `report_id` is the ticket of a report, `event` what was stored, which may say more."""

    id: int
    event: ModEvent
    subject: Subject
    created_by: Did
    created_us: UtcMicros
    subject_blob_cids: tuple[Cid, ...] = ()
    mod_tool_json: str | None = None
    report_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewReport:
    """A person's report; `tool_json` is the client's modTool, if it sent one."""

    reason_type: str
    subject: Subject
    reported_by: Did
    reason: str = ""
    tool_json: str | None = None
    auto_tags: tuple[str, ...] = ()

    def event(self) -> NewEvent:
        """The report as the event that it is."""
        return NewEvent(
            event=ModEventReport(self.reason_type, self.reason or None),
            subject=self.subject,
            created_by=self.reported_by,
            mod_tool_json=self.tool_json,
            auto_tags=(report_tag(self.reason_type), *self.auto_tags),
        )


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A durable report; `id` is its ticket's."""

    id: int
    report: NewReport
    created_us: UtcMicros
