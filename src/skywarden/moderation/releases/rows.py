"""Turn rows of rule versions and of their changes into values."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.releases.states import State
from skywarden.storage.tables import RULE_CHANGE, RULE_VERSION


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """One version of a rule: its state, who wrote it, and the version that it came after."""

    rule: str
    version: str
    state: State
    author: str
    created_us: UtcMicros
    previous: str | None
    evidence_json: str
    in_folder: bool


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A version that moved from one state to another; `was` is None where it was not known before."""

    number: int
    rule: str
    version: str
    action: str
    was: State | None
    now: State
    actor: str
    at_us: UtcMicros
    reason: str
    evidence_json: str
    diff: str


SUCCEED = "succeed"
"""The action of a version that differs only in what moderators or the compiler added: it takes the other's state."""


def read_versions(tx: Connection, rule: str | None = None, *states: State) -> list[RuleVersion]:
    """All versions, oldest first: of one rule, or in some states, where given."""
    query = select(RULE_VERSION).order_by(RULE_VERSION.c.rule, RULE_VERSION.c.created_us, RULE_VERSION.c.version)
    if rule is not None:
        query = query.where(RULE_VERSION.c.rule == rule)
    if states:
        query = query.where(RULE_VERSION.c.state.in_([state.value for state in states]))
    return [_version(row) for row in tx.execute(query)]


def find_version(tx: Connection, rule: str, version: str) -> RuleVersion | None:
    """One version, by its content hash."""
    query = select(RULE_VERSION).where(RULE_VERSION.c.rule == rule, RULE_VERSION.c.version == version)
    row = tx.execute(query).one_or_none()
    return None if row is None else _version(row)


def files_json_of(tx: Connection, rule: str, version: str) -> str:
    """What names the texts of a version. Raises: Rejected, where no such version ever ran."""
    query = select(RULE_VERSION.c.files_json).where(RULE_VERSION.c.rule == rule, RULE_VERSION.c.version == version)
    found = tx.execute(query).scalar_one_or_none()
    if found is None:
        raise unknown_version(rule, version)
    return str(found)


def read_changes(tx: Connection, rule: str, version: str | None = None) -> list[RuleChange]:
    """What happened to a rule, oldest first."""
    query = select(RULE_CHANGE).where(RULE_CHANGE.c.rule == rule).order_by(RULE_CHANGE.c.number)
    if version is not None:
        query = query.where(RULE_CHANGE.c.version == version)
    return [
        RuleChange(
            row.number,
            row.rule,
            row.version,
            row.action,
            None if row.from_state is None else State(row.from_state),
            State(row.to_state),
            row.actor,
            UtcMicros(row.at_us),
            row.reason,
            row.evidence_json,
            row.diff,
        )
        for row in tx.execute(query)
    ]


def unknown_version(rule: str, version: str) -> Rejected:
    """Nobody ever ran this."""
    hint = f"see: skywarden rules history {rule}"
    return Rejected("unknown rule version", place=rule, expected="a version that ran here", found=version, hint=hint)


def _version(row: Row[Any]) -> RuleVersion:
    return RuleVersion(
        row.rule,
        row.version,
        State(row.state),
        row.author,
        UtcMicros(row.created_us),
        row.previous,
        row.evidence_json,
        row.in_folder,
    )
