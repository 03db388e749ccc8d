"""Count what accounts reported, and what became of it."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, case, distinct, exists, func, select

from skywarden.kernel.ids import Did
from skywarden.moderation.status import TAKEDOWN_VALUES
from skywarden.storage.tables import REPORT, SUBJECT, SUBJECT_LABEL


@dataclass(frozen=True, slots=True)
class ReporterStats:
    """How often an account reported accounts and records, how many different ones, and how many of them were acted on.

    Acted on: taken down, or labeled, as they stand now.
    """

    did: Did
    account_report_count: int = 0
    record_report_count: int = 0
    reported_account_count: int = 0
    reported_record_count: int = 0
    takendown_account_count: int = 0
    takendown_record_count: int = 0
    labeled_account_count: int = 0
    labeled_record_count: int = 0


def reporter_stats(tx: Connection, dids: Collection[Did]) -> dict[Did, ReporterStats]:
    """What is counted of reporters, by DID; zero for those who never reported."""
    labeled = exists().where(SUBJECT_LABEL.c.subject_id == SUBJECT.c.id, SUBJECT_LABEL.c.val.not_in(TAKEDOWN_VALUES))
    is_record, subject = SUBJECT.c.record_path != "", SUBJECT.c.id
    kinds = {"account": ~is_record, "record": is_record}
    columns = [
        column.label(name)
        for kind, of_kind in kinds.items()
        for name, column in (
            (f"{kind}_report_count", func.count(case((of_kind, subject)))),
            (f"reported_{kind}_count", func.count(distinct(case((of_kind, subject))))),
            (f"takendown_{kind}_count", func.count(distinct(case((of_kind & SUBJECT.c.takendown.is_(True), subject))))),
            (f"labeled_{kind}_count", func.count(distinct(case((of_kind & labeled, subject))))),
        )
    ]
    query = (
        select(REPORT.c.reported_by, *columns)
        .join(SUBJECT, SUBJECT.c.id == REPORT.c.subject_id)
        .where(REPORT.c.reported_by.in_(dids), SUBJECT.c.convo_id == "")
        .group_by(REPORT.c.reported_by)
    )
    found = {did: ReporterStats(did) for did in dids}
    for row in tx.execute(query):
        did = Did(row.reported_by)
        found[did] = ReporterStats(did, **{column.name: row._mapping[column.name] for column in columns})
    return found
