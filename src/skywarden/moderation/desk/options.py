"""Keep options: JSON under a key, for the whole instance or for one moderator.

An option of the instance may name the role that manages it; whoever covers that role may change and remove it.
What moderation reads of them (protected tags, policies, severity levels) is held in memory for `CACHE_S`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Broken, Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.team import Role
from skywarden.moderation.audit import append_audit
from skywarden.moderation.desk.changes import edited, editing
from skywarden.moderation.desk.option_values import (
    CHECKS,
    POLICIES,
    PROTECTED_TAGS,
    SEVERITY_LEVELS,
    Policies,
    ProtectedTags,
    SeverityLevels,
    read_policies,
    read_protected_tags,
    read_severity_levels,
)
from skywarden.moderation.desk.pages import Page, page_of, read_number_cursor
from skywarden.storage import Database
from skywarden.storage.tables import SETTING_OPTION

CACHE_S = 1.0

Scope = Literal["instance", "personal"]
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose options: the service's own DID for those of the instance, a moderator's for personal ones."""

    scope: Scope
    did: Did


@dataclass(frozen=True, slots=True)
class Editor:
    """Who edits, with which role."""

    did: Did
    role: Role


@dataclass(frozen=True, slots=True)
class NewOption:
    """What an option is to be; `manager` None: anybody of the team may change it."""

    key: str
    value_json: str
    description: str | None = None
    manager: Role | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One option."""

    number: int
    owner: Owner
    key: str
    value: msgspec.Raw
    description: str | None
    manager: Role | None
    created_by: Did
    last_updated_by: Did
    created_us: UtcMicros
    updated_us: UtcMicros


@dataclass(frozen=True, slots=True)
class OptionQuery:
    """Which options; with a prefix, `keys` are passed over."""

    owner: Owner
    prefix: str = ""
    keys: Sequence[str] = ()
    limit: int = 50
    cursor: str | None = None


class OptionService:
    """The options of one database. `service` is the labeler's own account, which owns those of the instance."""

    def __init__(self, db: Database, clock: Clock, service: Did) -> None:
        self._db = db
        self._clock = clock
        self._instance = Owner("instance", service)
        self._read: dict[str, tuple[float, object]] = {}

    def owner(self, scope: Scope, did: Did) -> Owner:
        """The owner of this scope's options for a caller."""
        return self._instance if scope == "instance" else Owner(scope, did)

    def list(self, query: OptionQuery) -> Page[Option]:
        """A page of options, the newest first. Raises: Rejected for a bad cursor."""
        before = read_number_cursor(query.cursor)
        conditions = [SETTING_OPTION.c.scope == query.owner.scope, SETTING_OPTION.c.did == query.owner.did]
        if query.prefix:
            # Keys are ASCII: a range takes the prefix as it is, where LIKE would read `_` as any character.
            conditions += [SETTING_OPTION.c.key >= query.prefix, SETTING_OPTION.c.key < query.prefix + "\x7f"]
        elif query.keys:
            conditions.append(SETTING_OPTION.c.key.in_(query.keys))
        if before is not None:
            conditions.append(SETTING_OPTION.c.id < before)
        rows = select(SETTING_OPTION).where(*conditions).order_by(SETTING_OPTION.c.id.desc()).limit(query.limit + 1)
        with self._db.read() as tx:
            found = [_option(row) for row in tx.execute(rows)]
        return page_of(found, query.limit, lambda option: (option.number,))

    def upsert(self, owner: Owner, new: NewOption, by: Editor) -> Option:
        """Make or change an option. Raises: Rejected Forbidden; InvalidRequest for a bad value of a known key."""
        if owner.scope == "instance":
            _check(new, by)
        with editing(self._db, "option.upsert") as tx:
            before = _find(tx, owner, new.key)
            if before is not None:
                _require(by, before.manager, before.key)
            self._write(tx, owner, new, by.did, is_new=before is None)
            after = _find(tx, owner, new.key)
            assert after is not None, "it was written in this transaction"
            change = edited(by.did, "option.upsert", owner.scope, new.key, before, after)
            append_audit(self._db, tx, [change], after.updated_us)
        self._read.clear()
        return after

    def remove(self, owner: Owner, keys: Sequence[str], by: Editor) -> None:
        """Remove those that are there, all or none. Raises: Rejected Forbidden."""
        with editing(self._db, "option.remove") as tx:
            found = [option for key in sorted(set(keys)) if (option := _find(tx, owner, key)) is not None]
            for option in found:
                _require(by, option.manager, option.key)
                tx.execute(delete(SETTING_OPTION).where(SETTING_OPTION.c.id == option.number))
            changes = [edited(by.did, "option.remove", owner.scope, one.key, one, None) for one in found]
            append_audit(self._db, tx, changes, self._clock.now_us())
        self._read.clear()

    def protected_tags(self) -> ProtectedTags:
        """Tags that only some may handle. Raises: Broken when the stored value is unsound."""
        return self._known(PROTECTED_TAGS, read_protected_tags)

    def policies(self) -> Policies:
        """The policies that actions may name. Raises: Broken when the stored value is unsound."""
        return self._known(POLICIES, read_policies)

    def severity_levels(self) -> SeverityLevels:
        """The severity levels of violations. Raises: Broken when the stored value is unsound."""
        return self._known(SEVERITY_LEVELS, read_severity_levels)

    def _known(self, key: str, read: Callable[[str], _Value]) -> _Value:
        held, now_s = self._read.get(key), self._clock.monotonic_s()
        if held is not None and now_s - held[0] < CACHE_S:
            return held[1]  # type: ignore[return-value]  # what `read` gave for this key
        with self._db.read() as tx:
            option = _find(tx, self._instance, key)
        try:
            value = read("{}" if option is None else bytes(option.value).decode())
        except Rejected as error:
            raise Broken(f"option {key}: {error}; store it anew with tools.ozone.setting.upsertOption") from error
        self._read[key] = (now_s, value)
        return value

    def _write(self, tx: Connection, owner: Owner, new: NewOption, by: Did, *, is_new: bool) -> None:
        now_us = self._clock.now_us()
        values = {
            "value_json": new.value_json,
            "description": new.description,
            "manager_role": None if new.manager is None else new.manager.name.lower(),
            "last_updated_by": by,
            "updated_us": now_us,
        }
        if is_new:
            made = {"scope": owner.scope, "did": owner.did, "key": new.key, "created_by": by, "created_us": now_us}
            tx.execute(insert(SETTING_OPTION), {**made, **values})
        else:
            tx.execute(update(SETTING_OPTION).where(*_is(owner, new.key)).values(values))


def _check(new: NewOption, by: Editor) -> None:
    check = CHECKS.get(new.key)
    if check is not None and new.manager is not Role.ADMIN:
        found = "nobody" if new.manager is None else new.manager.value
        raise Rejected("InvalidRequest", place="managerRole", expected=f"{Role.ADMIN.value} for {new.key}", found=found)
    _require(by, new.manager, new.key)
    if check is not None:
        check(new.value_json)


def _require(by: Editor, manager: Role | None, key: str) -> None:
    if manager is not None and not by.role.covers(manager):
        raise Rejected("Forbidden", place=key, expected=manager.name.lower(), found=by.role.name.lower())


def _is(owner: Owner, key: str) -> tuple[Any, ...]:
    columns = SETTING_OPTION.c
    return (columns.scope == owner.scope, columns.did == owner.did, columns.key == key)


def _find(tx: Connection, owner: Owner, key: str) -> Option | None:
    row = tx.execute(select(SETTING_OPTION).where(*_is(owner, key))).one_or_none()
    return None if row is None else _option(row)


def _option(row: Row[Any]) -> Option:
    return Option(
        number=row.id,
        owner=Owner(row.scope, Did(row.did)),
        key=row.key,
        value=msgspec.Raw(row.value_json.encode()),
        description=row.description,
        manager=None if row.manager_role is None else Role[row.manager_role.upper()],
        created_by=Did(row.created_by),
        last_updated_by=Did(row.last_updated_by),
        created_us=UtcMicros(row.created_us),
        updated_us=UtcMicros(row.updated_us),
    )
