"""Who works here: a person's DID, role, and whether they still may."""

from dataclasses import dataclass
from enum import StrEnum

from skywarden.kernel.ids import Did


class Role(StrEnum):
    """What a member of the team may do, by the lexicon's name."""

    ADMIN = "tools.ozone.team.defs#roleAdmin"
    MODERATOR = "tools.ozone.team.defs#roleModerator"
    TRIAGE = "tools.ozone.team.defs#roleTriage"
    VERIFIER = "tools.ozone.team.defs#roleVerifier"

    def covers(self, other: "Role") -> bool:
        """Whether who has this role may do what `other` may: admin > moderator > triage, and admin > verifier."""
        return other in _COVERED[self]


_COVERED = {
    Role.ADMIN: frozenset(Role),
    Role.MODERATOR: frozenset({Role.MODERATOR, Role.TRIAGE}),
    Role.TRIAGE: frozenset({Role.TRIAGE}),
    Role.VERIFIER: frozenset({Role.VERIFIER}),
}


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the team; the handle as the network last told it."""

    did: Did
    role: Role
    disabled: bool = False
    handle: str | None = None
