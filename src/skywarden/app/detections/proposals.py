"""Turn what a job found into effects for moderation to decide, and into named sets for people.

A job proposes as a rule does: by the outbox, under the name `job/NAME` and its code version, so that limits, terms,
audit, stamps of later events and `skywarden undo --rule job/NAME` are those of rules.
"""

from collections.abc import Iterable

import pyarrow as pa

from skywarden.kernel.ids import Did, Offset
from skywarden.model.effect import Effect, EffectKind, EffectOptions, Limits, effect_id
from skywarden.model.subject import Subject
from skywarden.moderation.desk.sets import SetService
from skywarden.warehouse.jobs.contract import Collection, Finding, WarehouseJob
from skywarden.warehouse.jobs.windows import HOUR_US, Window

AUTHOR_PREFIX = "job/"


def rule_name(job: WarehouseJob) -> str:
    """What decisions say of who proposed them."""
    return f"{AUTHOR_PREFIX}{job.name}"


def tag_effects(job: WarehouseJob, finding: Finding, version: str, window: Window, found: pa.Table) -> list[Effect]:
    """One proposal an account. The same window by the same code gives the same effects, which are decided once.

    No event caused them, so their offset is no place in the log: it is minus the number of the window's hour.
    """
    offset, rule = Offset(-(window.start_us // HOUR_US)), rule_name(job)
    pairs = zip(found.column("did").to_pylist(), found.column("reason").to_pylist(), strict=True)
    reasons: dict[str, str] = dict(sorted(pairs))
    return [
        Effect(
            effect_id=effect_id(rule, version, offset, EffectKind.TAG, finding.tag, Subject.account(Did(did))),
            rule=rule,
            version=version,
            offset=offset,
            time_us=window.stop_us,
            kind=EffectKind.TAG,
            value=finding.tag,
            subject=Subject.account(Did(did)),
            reason=reason,
            values={"window": window.name},
            limits=Limits(per_day=finding.most),
            options=EffectOptions(expires_us=finding.hours * HOUR_US),
        )
        for did, reason in reasons.items()
    ]


def collect(sets: SetService, collection: Collection, values: Iterable[str], service: Did) -> None:
    """Have the set hold these values and no others."""
    wanted = sorted(set(values))[: collection.most]
    sets.upsert(collection.name, collection.about, service)
    present, cursor = set[str](), None
    while True:
        _, page = sets.values(collection.name, _PAGE, cursor)
        present.update(page.rows)
        cursor = page.cursor
        if cursor is None:
            break
    if gone := sorted(present.difference(wanted)):
        sets.delete_values(collection.name, gone, service)
    if new := sorted(set(wanted) - present):
        sets.add_values(collection.name, new, service)


_PAGE = 1_000
