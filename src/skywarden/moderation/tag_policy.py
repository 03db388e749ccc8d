"""Say who may put a protected tag on a subject or take it off, and take down what has it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from skywarden.kernel.ids import Did


@dataclass(frozen=True, slots=True)
class TagRight:
    """Who may touch one protected tag: members with one of the roles, or the named moderators; None: not asked for."""

    roles: frozenset[str] | None = None
    moderators: frozenset[Did] | None = None

    def allows(self, did: Did, role: str) -> bool:
        """Say whether the caller meets every condition that is set."""
        by_role = self.roles is None or role in self.roles
        return by_role and (self.moderators is None or did in self.moderators)


@dataclass(frozen=True, slots=True)
class TagPolicy:
    """The protected tags, as one caller meets them; `role` is the lexicon's (tools.ozone.team.defs#roleAdmin)."""

    protected: Mapping[str, TagRight] = field(default_factory=dict)
    did: Did = Did("")
    role: str = ""

    def refusal(self, tags: Iterable[str]) -> str | None:
        """Why the caller may not touch one of the tags."""
        for tag in tags:
            right = self.protected.get(tag)
            if right is not None and not right.allows(self.did, self.role):
                return f"tag {tag!r} is protected; this caller may not add or remove it, nor act on what has it"
        return None


OPEN_TAGS = TagPolicy()
"""Nothing is protected, as it is for moderation itself."""
