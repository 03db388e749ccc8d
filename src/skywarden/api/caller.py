"""Name who calls a method and what they may do."""

from dataclasses import dataclass
from enum import Enum

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.model.team import Role

FORBIDDEN = "Forbidden"


class CallerKind(Enum):
    """How somebody proved who they are."""

    NOBODY = "nobody"
    SERVICE = "service"
    """A service token signed with the account's own key."""
    BASIC = "basic"
    """The administrator's password."""
    SESSION = "session"
    """A session of the console."""


class Access(Enum):
    """Who may call a method."""

    PUBLIC = "anybody"
    USER = "any account with a service token"
    MEMBER = "any member of the team"
    TRIAGE = "triage, moderators and admins"
    MODERATOR = "moderators and admins"
    ADMIN = "admins"
    VERIFIER = "verifiers and admins"

    @property
    def role(self) -> Role | None:
        """The role that a caller's role must cover; None where any will do."""
        return _ROLE_OF.get(self)


_ROLE_OF = {
    Access.TRIAGE: Role.TRIAGE,
    Access.MODERATOR: Role.MODERATOR,
    Access.ADMIN: Role.ADMIN,
    Access.VERIFIER: Role.VERIFIER,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `did` is the labeler's own for the administrator's password, and empty for nobody."""

    did: Did
    role: Role | None
    kind: CallerKind

    def has(self, role: Role) -> bool:
        """Whether this caller may do what `role` may."""
        return self.role is not None and self.role.covers(role)

    def require(self, role: Role) -> None:
        """Refuse a caller who may not do what `role` may. Raises: Rejected Forbidden."""
        if not self.has(role):
            found = "none" if self.role is None else self.role.name.lower()
            raise Rejected(FORBIDDEN, place="role", expected=role.name.lower(), found=found)

    def author(self, named: Did | None) -> Did:
        """Who makes a change: the caller, whoever the body names; with the administrator's password, whom it names."""
        return named if named is not None and self.kind is CallerKind.BASIC else self.did


NOBODY = Caller(Did(""), None, CallerKind.NOBODY)
