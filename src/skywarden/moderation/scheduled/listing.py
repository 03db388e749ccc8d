"""Page through scheduled actions, newest first, without skipping or repeating one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, or_, select

from skywarden.kernel.ids import Did, UtcMicros
from skywarden.moderation.scheduled.actions import ActionState
from skywarden.storage.tables import SCHEDULED_ACTION

_ROW = SCHEDULED_ACTION.c


@dataclass(frozen=True, slots=True)
class ActionFilter:
    """Which actions: in any of the states; of these accounts (none: of all); whose time lies between two others."""

    states: Sequence[ActionState]
    dids: Sequence[Did] = ()
    starts_after_us: UtcMicros | None = None
    ends_before_us: UtcMicros | None = None


def select_actions(wanted: ActionFilter, limit: int, before_id: int | None) -> Select[tuple[object, ...]]:
    """Actions that pass, those with an id below `before_id` only."""
    query = select(SCHEDULED_ACTION).where(*_conditions(wanted)).order_by(_ROW.id.desc()).limit(limit)
    return query if before_id is None else query.where(_ROW.id < before_id)


def _conditions(wanted: ActionFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_ROW.state.in_([state.value for state in wanted.states])]
    if wanted.dids:
        found.append(_ROW.did.in_(wanted.dids))
    if (start_us := wanted.starts_after_us) is not None:
        found.append(or_(_ROW.execute_at_us >= start_us, _ROW.execute_after_us >= start_us))
    if (end_us := wanted.ends_before_us) is not None:
        open_end = and_(_ROW.execute_until_us.is_(None), _ROW.execute_after_us <= end_us)
        found.append(or_(_ROW.execute_at_us <= end_us, _ROW.execute_until_us <= end_us, open_end))
    return found
