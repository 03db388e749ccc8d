"""Copy everything in an order in which each row finds what it refers to, then count both sides."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Table

from skywarden.app.ozone_import import moderation
from skywarden.app.ozone_import.desk import copy_desk, copy_safelinks, copy_set_values
from skywarden.app.ozone_import.finish import finish
from skywarden.app.ozone_import.labels import copy_labels
from skywarden.app.ozone_import.source import OzoneSource
from skywarden.app.ozone_import.target import Target
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.storage import Database
from skywarden.storage.tables import (
    LABEL,
    MODERATION_EVENT,
    QUEUE,
    REPORT,
    REPORT_ACTIVITY,
    SAFELINK_EVENT,
    SAFELINK_RULE,
    SCHEDULED_ACTION,
    SETTING_OPTION,
    SUBJECT,
    TEAM_MEMBER,
    TEMPLATE,
    VALUE_SET,
    VALUE_SET_ENTRY,
    VERIFICATION,
)

Progress = Callable[[str, int, int], None]
"""Told a source table, how many of its rows are here, and how many it has."""


@dataclass(frozen=True, slots=True)
class Count:
    """One table on both sides."""

    table: str
    theirs: int
    ours: int

    @property
    def agrees(self) -> bool:
        """Subjects may be more here: one is made for every event that had none."""
        return self.ours >= self.theirs if self.table == "moderation_subject_status" else self.ours == self.theirs


_COUNTED: tuple[tuple[str, Table], ...] = (
    ("member", TEAM_MEMBER),
    ("communication_template", TEMPLATE),
    ("setting", SETTING_OPTION),
    ("verification", VERIFICATION),
    ("set_detail", VALUE_SET),
    ("set_value", VALUE_SET_ENTRY),
    ("safelink_rule", SAFELINK_RULE),
    ("safelink_event", SAFELINK_EVENT),
    ("moderation_subject_status", SUBJECT),
    ("moderation_event", MODERATION_EVENT),
    ("report_queue", QUEUE),
    ("report", REPORT),
    ("report_activity", REPORT_ACTIVITY),
    ("scheduled_action", SCHEDULED_ACTION),
    ("label", LABEL),
)

Step = tuple[str, Callable[[OzoneSource, Target], Iterable[int]]]

_STEPS: tuple[Step, ...] = (
    ("set_value", copy_set_values),
    ("safelink_event", copy_safelinks),
    ("moderation_subject_status", moderation.copy_statuses),
    ("moderation_event", moderation.copy_events),
    ("report_queue", moderation.copy_queues),
    ("report", moderation.copy_reports),
    ("report_activity", moderation.copy_activities),
    ("moderator_assignment", moderation.copy_assignments),
    ("scheduled_action", moderation.copy_scheduled),
)


def import_ozone(
    ozone: Database, schema: str, ours: Database, did: Did, now_us: UtcMicros, progress: Progress
) -> list[Count]:
    """Copy an Ozone's database into an empty one of ours, or go on where it was broken off; gives the counts.

    Raises: Rejected, when the source is no Ozone's or ours is not empty; Retryable, when a database is away.
    """
    source, target = OzoneSource(ozone, schema), Target(ours)
    target.begin()
    copy_desk(source, target)
    for name, copy in _STEPS:
        _follow(name, source, copy(source, target), progress)
    _follow("label", source, copy_labels(source, target, did, now_us), progress)
    finish(target, now_us, tickets=not source.has("report"))
    return [Count(name, source.count(name), target.count(table)) for name, table in _COUNTED if source.has(name)]


def _follow(name: str, source: OzoneSource, pages: Iterable[int], progress: Progress) -> None:
    total, done = source.count(name), 0
    for rows in pages:
        done += rows
        progress(name, min(done, total), total)
    progress(name, total, total)
