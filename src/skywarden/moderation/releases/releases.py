"""Keep every version of every rule that ever ran, with its texts, its state and its history.

Retry: a move that was made is refused the second time, as its version is elsewhere; following the folder again changes
nothing. Crash: a move is durable with its row of history and of audit, or was not made. Two writers: they take turns.
"""

from dataclasses import dataclass

from sqlalchemy import func, select

from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.moderation.releases.differences import difference
from skywarden.moderation.releases.moves import By, moving
from skywarden.moderation.releases.rows import (
    RuleChange,
    RuleVersion,
    files_json_of,
    find_version,
    read_changes,
    read_versions,
    unknown_version,
)
from skywarden.moderation.releases.states import ALONE, Action, State, next_step, possible
from skywarden.moderation.releases.texts import load_sources
from skywarden.rules.source import RuleSources
from skywarden.storage import Database
from skywarden.storage.tables import RULE_CHANGE, RULE_VERSION


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did."""

    rule: str
    version: str
    was: State
    now: State


class Releases:
    """The rule versions of one database."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def is_empty(self) -> bool:
        """No rule ever ran here."""
        with self._db.read() as tx:
            return tx.execute(select(func.count()).select_from(RULE_VERSION)).scalar_one() == 0

    def versions(self, rule: str | None = None, *states: State) -> list[RuleVersion]:
        """All versions by rule, oldest first; of one rule, or in some states, where given."""
        with self._db.read() as tx:
            return read_versions(tx, rule, *states)

    def standing(self) -> list[RuleVersion]:
        """What runs, live or in shadow, and what the rule folder holds."""
        return [one for one in self.versions() if one.state in ALONE or one.in_folder]

    def newest_change(self) -> int:
        """The number of the last change; another one says that something moved."""
        with self._db.read() as tx:
            return int(tx.execute(select(func.max(RULE_CHANGE.c.number))).scalar_one_or_none() or 0)

    def version(self, rule: str, version: str) -> RuleVersion:
        """One version by its content hash. Raises: Rejected, where it never ran."""
        with self._db.read() as tx:
            found = find_version(tx, rule, version)
        if found is None:
            raise unknown_version(rule, version)
        return found

    def files_of(self, rule: str, version: str) -> RuleSources:
        """All texts of a version, as it ran. Raises: Rejected, where it never ran; Broken for altered texts."""
        with self._db.read() as tx:
            return load_sources(tx, rule, files_json_of(tx, rule, version))

    def diff(self, rule: str, before: str, after: str) -> str:
        """The unified diff of two versions. Raises: Rejected, where one never ran."""
        return difference(self.files_of(rule, before), self.files_of(rule, after))

    def changes(self, rule: str) -> list[RuleChange]:
        """What happened to a rule, oldest first."""
        with self._db.read() as tx:
            return read_changes(tx, rule)

    def move(self, rule: str, version: str, action: Action, by: By) -> Moved:
        """Do what people ask for. Raises: Rejected, where it cannot be done from the version's state."""
        with moving(self._db, f"releases.{action.value}", self._clock.now_us()) as moves:
            found = find_version(moves.tx, rule, version)
            if found is None:
                raise unknown_version(rule, version)
            step = next_step(found.state, action)
            if step is None:
                raise _impossible(found, action)
            moves.move(rule, version, step.to, action.value, by, was=found.state)
        return Moved(rule, version, found.state, step.to)


def _impossible(found: RuleVersion, action: Action) -> Rejected:
    can = ", ".join(each.value for each in possible(found.state))
    return Rejected(
        f"cannot {action.value}",
        place=f"{found.rule} {found.version}",
        expected=f"a version that is not {found.state.value}",
        hint=f"what can be done with it: {can}",
    )
