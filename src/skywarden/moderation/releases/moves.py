"""Write rule versions and their moves: row, change and audit in the transaction of the caller."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

import msgspec
from sqlalchemy import Connection, insert, update

from skywarden.kernel.ids import UtcMicros
from skywarden.moderation.audit import Change, append_audit
from skywarden.moderation.releases.differences import difference
from skywarden.moderation.releases.rows import RuleVersion, files_json_of, find_version, read_versions
from skywarden.moderation.releases.states import ALONE, Action, State
from skywarden.moderation.releases.texts import load_sources, store_sources
from skywarden.rules.source import RuleSources
from skywarden.storage import Database
from skywarden.storage.counters import lock_counter
from skywarden.storage.tables import RULE_CHANGE, RULE_VERSION

_TURN = "releases"


@dataclass(frozen=True, slots=True)
class By:
    """Who moves a version, why, and with which evidence."""

    actor: str
    reason: str = ""
    evidence_json: str = "{}"


@dataclass(slots=True)
class Moves:
    """The moves of one transaction; `done` chains them into the audit log."""

    db: Database
    tx: Connection
    now_us: UtcMicros
    _changes: list[Change] = field(default_factory=list)

    def add(self, sources: RuleSources, version: str, author: str) -> RuleVersion | None:
        """Make a version known, as a draft that is in nobody's way. One that is known stays, and is given back."""
        known = find_version(self.tx, sources.rule, version)
        if known is not None:
            return known
        self.tx.execute(
            insert(RULE_VERSION).values(
                rule=sources.rule,
                version=version,
                state=State.DRAFT.value,
                author=ascii_name(author),
                created_us=self.now_us,
                previous=self._newest(sources.rule),
                files_json=store_sources(self.db, self.tx, sources),
                evidence_json="{}",
                in_folder=False,
            )
        )
        return None

    def move(self, rule: str, version: str, to: State, action: str, by: By, *, was: State | None) -> None:
        """Put a version into a state; whoever of its rule is alone in that state makes room for it."""
        if to in ALONE:
            for other in read_versions(self.tx, rule, to):
                if other.version != version:
                    freed = By(by.actor, f"version {version} took its place")
                    self.move(rule, other.version, State.RETIRED, Action.SUPERSEDE.value, freed, was=to)
        row = (RULE_VERSION.c.rule == rule, RULE_VERSION.c.version == version)
        self.tx.execute(update(RULE_VERSION).where(*row).values(state=to.value, evidence_json=by.evidence_json))
        self._tell(rule, version, to, action, by, was)

    def set_folder(self, rule: str, version: str | None) -> None:
        """Say which version of a rule its folder holds."""
        of_rule = RULE_VERSION.c.rule == rule
        self.tx.execute(update(RULE_VERSION).where(of_rule, RULE_VERSION.c.in_folder).values(in_folder=False))
        if version is not None:
            self.tx.execute(
                update(RULE_VERSION).where(of_rule, RULE_VERSION.c.version == version).values(in_folder=True)
            )

    def done(self) -> None:
        """Append what was done to the audit chain."""
        append_audit(self.db, self.tx, self._changes, self.now_us)
        self._changes = []

    def _tell(self, rule: str, version: str, to: State, action: str, by: By, was: State | None) -> None:
        actor = ascii_name(by.actor)
        self.tx.execute(
            insert(RULE_CHANGE).values(
                rule=rule,
                version=version,
                action=action,
                from_state=None if was is None else was.value,
                to_state=to.value,
                actor=actor,
                at_us=self.now_us,
                reason=by.reason,
                evidence_json=by.evidence_json,
                diff=self._difference(rule, version) if was is None else "",
            )
        )
        said = {"before": was, "after": to, "reason": by.reason, "evidence": msgspec.Raw(by.evidence_json.encode())}
        target = f"rule:{rule}@{version}"
        self._changes.append(Change(actor, f"rule.{action}", target, msgspec.json.encode(said).decode()))

    def _difference(self, rule: str, version: str) -> str:
        row = find_version(self.tx, rule, version)
        if row is None or row.previous is None:
            return ""
        before, after = (
            load_sources(self.tx, rule, files_json_of(self.tx, rule, one)) for one in (row.previous, version)
        )
        return difference(before, after)

    def _newest(self, rule: str) -> str | None:
        """The version that the folder held until now, or else the last one that came."""
        known = read_versions(self.tx, rule)
        held = [one for one in known if one.in_folder]
        return (held or known)[-1].version if known else None


@contextmanager
def moving(db: Database, name: str, now_us: UtcMicros) -> Iterator[Moves]:
    """Give a transaction that no other move overlaps: what it reads stays so until it is durable."""
    with db.write(name) as tx:
        lock_counter(db, tx, _TURN)
        moves = Moves(db, tx, now_us)
        yield moves
        moves.done()


def ascii_name(name: str) -> str:
    """A person as a column of ASCII holds one."""
    return quote(name, safe=" :/.#@-_+")[:250]
