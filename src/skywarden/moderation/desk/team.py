"""Keep the team: who its members are, with which role, and who changed that.

Roles are asked at every call of the API, so they are held in memory for `CACHE_S`; a change made here is seen at once,
one made by another process after that time. A team is some hundreds of people: it is read whole.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from skywarden.atproto.syntax.did import is_did
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.team import Member, Role
from skywarden.moderation.audit import append_audit
from skywarden.moderation.desk.changes import edited, editing
from skywarden.moderation.desk.pages import Page, page_of, read_number_cursor
from skywarden.storage import Database
from skywarden.storage.tables import TEAM_MEMBER

CACHE_S = 1.0


@dataclass(frozen=True, slots=True)
class TeamMember:
    """A member with its history; handle and display name as the network last told them."""

    number: int
    did: Did
    role: Role
    disabled: bool
    handle: str | None
    display_name: str | None
    last_updated_by: Did
    created_us: UtcMicros
    updated_us: UtcMicros


@dataclass(frozen=True, slots=True)
class MemberQuery:
    """Which members; None and "" ask for any. `text` is looked for in DIDs, handles and display names."""

    text: str = ""
    disabled: bool | None = None
    roles: frozenset[Role] | None = None
    limit: int = 50
    cursor: str | None = None


class TeamService:
    """The members of one database. `service` is the labeler's own account, which is nobody's to disable or remove."""

    def __init__(self, db: Database, clock: Clock, service: Did) -> None:
        self._db = db
        self._clock = clock
        self._service = service
        self._known: tuple[float, Mapping[Did, Member]] | None = None

    def role_of(self, did: Did) -> Member | None:
        """The member with this DID, also a disabled one; None for anybody else."""
        known, now_s = self._known, self._clock.monotonic_s()
        if known is None or now_s - known[0] >= CACHE_S:
            known = (now_s, {one.did: Member(one.did, one.role, one.disabled, one.handle) for one in self.members()})
            self._known = known
        return known[1].get(did)

    def members(self) -> list[TeamMember]:
        """Everybody, in the order in which they joined."""
        with self._db.read() as tx:
            return [_member(row) for row in tx.execute(select(TEAM_MEMBER).order_by(TEAM_MEMBER.c.id))]

    def list(self, query: MemberQuery) -> Page[TeamMember]:
        """A page of members, in the order in which they joined. Raises: Rejected for a bad cursor."""
        after = read_number_cursor(query.cursor) or 0
        found = [member for member in self.members() if member.number > after and _matches(member, query)]
        return page_of(found, query.limit, lambda member: (member.number,))

    def add(self, did: Did, role: Role, by: Did) -> TeamMember:
        """Raises: Rejected MemberAlreadyExists."""
        with editing(self._db, "team.add") as tx:
            if _find(tx, did) is not None:
                raise Rejected("MemberAlreadyExists", place=did, expected="somebody new")
            made = self._insert(tx, did, role, by)
        self._known = None
        return made

    def update(self, did: Did, by: Did, *, role: Role | None = None, disabled: bool | None = None) -> TeamMember:
        """Change what is not None. Raises: Rejected MemberNotFound; InvalidRequest for oneself and the service."""
        with editing(self._db, "team.update") as tx:
            before = _found(tx, did)
            after = replace(
                before,
                role=role or before.role,
                disabled=before.disabled if disabled is None else disabled,
                last_updated_by=by,
                updated_us=self._clock.now_us(),
            )
            if after.disabled and not before.disabled:
                self._refuse_own(did, by, "InvalidRequest", "disabled")
            self._save(tx, before, after)
        self._known = None
        return after

    def delete(self, did: Did, by: Did) -> None:
        """Raises: Rejected MemberNotFound; CannotDeleteSelf for oneself and the service."""
        with editing(self._db, "team.delete") as tx:
            before = _found(tx, did)
            self._refuse_own(did, by, "CannotDeleteSelf", "deleted")
            tx.execute(delete(TEAM_MEMBER).where(TEAM_MEMBER.c.did == did))
            change = edited(by, "team.delete", "member", did, before, None)
            append_audit(self._db, tx, [change], self._clock.now_us())
        self._known = None

    def seed(self, admins: Collection[str], moderators: Collection[str], triage: Collection[str]) -> None:
        """Give those whom the settings list their roles, the highest to who is listed twice; others are left alone.

        Raises: Rejected for what is no DID.
        """
        roles: dict[Did, Role] = {}
        listed = (
            ("admins", Role.ADMIN, admins),
            ("moderators", Role.MODERATOR, moderators),
            ("triage", Role.TRIAGE, triage),
        )
        for name, role, dids in listed:
            for did in dids:
                if not is_did(did):
                    raise Rejected("bad setting", place=f"api.{name}", expected="DIDs", found=repr(did))
                roles.setdefault(Did(did), role)
        with editing(self._db, "team.seed") as tx:
            for did, role in roles.items():
                before = _find(tx, did)
                if before is None:
                    self._insert(tx, did, role, self._service)
                elif before.role is not role:
                    now_us = self._clock.now_us()
                    after = replace(before, role=role, last_updated_by=self._service, updated_us=now_us)
                    self._save(tx, before, after)
        self._known = None

    def note_profiles(self, profiles: Mapping[Did, tuple[str, str | None]]) -> None:
        """Keep handles and display names, for searching; nobody's change, so neither audit nor `updated_us` says it."""
        with self._db.write("team.profiles") as tx:
            for did, (handle, display_name) in profiles.items():
                names = {"handle": handle, "display_name": display_name}
                tx.execute(update(TEAM_MEMBER).where(TEAM_MEMBER.c.did == did).values(names))

    def _refuse_own(self, did: Did, by: Did, reason: str, what: str) -> None:
        if did in (by, self._service):
            whose = "your own account" if did == by else "the service's account"
            raise Rejected(reason, place=did, expected="another member", found=f"{whose}, which cannot be {what}")

    def _insert(self, tx: Connection, did: Did, role: Role, by: Did) -> TeamMember:
        now_us = self._clock.now_us()
        row = {
            "did": did,
            "role": role.name.lower(),
            "disabled": False,
            "last_updated_by": by,
            "created_us": now_us,
            "updated_us": now_us,
        }
        tx.execute(insert(TEAM_MEMBER), row)
        made = _found(tx, did)
        append_audit(self._db, tx, [edited(by, "team.add", "member", did, None, made)], now_us)
        return made

    def _save(self, tx: Connection, before: TeamMember, after: TeamMember) -> None:
        values = {
            "role": after.role.name.lower(),
            "disabled": after.disabled,
            "last_updated_by": after.last_updated_by,
            "updated_us": after.updated_us,
        }
        tx.execute(update(TEAM_MEMBER).where(TEAM_MEMBER.c.did == after.did).values(values))
        change = edited(after.last_updated_by, "team.update", "member", after.did, before, after)
        append_audit(self._db, tx, [change], after.updated_us)


def _matches(member: TeamMember, query: MemberQuery) -> bool:
    if query.roles is not None and member.role not in query.roles:
        return False
    if query.disabled is not None and member.disabled is not query.disabled:
        return False
    wanted = query.text.casefold()
    names = (member.did, member.handle or "", member.display_name or "")
    return any(wanted in name.casefold() for name in names)


def _find(tx: Connection, did: Did) -> TeamMember | None:
    row = tx.execute(select(TEAM_MEMBER).where(TEAM_MEMBER.c.did == did)).one_or_none()
    return None if row is None else _member(row)


def _found(tx: Connection, did: Did) -> TeamMember:
    member = _find(tx, did)
    if member is None:
        raise Rejected("MemberNotFound", place=did, expected="a member of the team", found="somebody else")
    return member


def _member(row: Row[Any]) -> TeamMember:
    return TeamMember(
        number=row.id,
        did=Did(row.did),
        role=Role[row.role.upper()],
        disabled=row.disabled,
        handle=row.handle,
        display_name=row.display_name,
        last_updated_by=Did(row.last_updated_by),
        created_us=UtcMicros(row.created_us),
        updated_us=UtcMicros(row.updated_us),
    )
