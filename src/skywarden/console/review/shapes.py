"""The parts of the API's answers that review pages read; the lexicons' names, what is absent has a default."""

from typing import Any

import msgspec

Json = dict[str, Any]
"""JSON whose fields a template looks up by name."""


class Status(msgspec.Struct, frozen=True, rename="camel"):
    """tools.ozone.moderation.defs#subjectStatusView."""

    id: int
    subject: Json
    review_state: str
    created_at: str
    updated_at: str
    subject_repo_handle: str | None = None
    priority_score: int = 0
    tags: tuple[str, ...] = ()
    last_reported_at: str | None = None
    last_reviewed_at: str | None = None
    last_reviewed_by: str | None = None
    last_appealed_at: str | None = None
    takendown: bool = False
    appealed: bool = False
    suspend_until: str | None = None
    mute_until: str | None = None
    mute_reporting_until: str | None = None
    comment: str | None = None
    account_stats: dict[str, Any] = {}
    records_stats: dict[str, Any] = {}
    account_strike: dict[str, Any] = {}
    hosting: dict[str, Any] = {}

    @property
    def uri(self) -> str:
        """The DID of an account, the at-uri of a record."""
        return str(self.subject.get("uri") or self.subject.get("did"))

    @property
    def state(self) -> str:
        """open, escalated, closed or none."""
        return self.review_state.rsplit("#review", 1)[-1].lower()


class Statuses(msgspec.Struct, frozen=True, rename="camel"):
    """The answer of queryStatuses."""

    subject_statuses: list[Status]
    cursor: str | None = None


class SubjectFacts(msgspec.Struct, frozen=True, rename="camel"):
    """tools.ozone.moderation.defs#subjectView."""

    type: str
    subject: str
    status: Status | None = None
    repo: Json | None = None
    profile: Json | None = None
    record: Json | None = None


class Subjects(msgspec.Struct, frozen=True):
    """The answer of getSubjects."""

    subjects: list[SubjectFacts]


class Repos(msgspec.Struct, frozen=True):
    """The answer of searchRepos."""

    repos: list[Json]


class Event(msgspec.Struct, frozen=True, rename="camel"):
    """tools.ozone.moderation.defs#modEventView."""

    id: int
    event: Json
    created_by: str
    created_at: str
    subject: Json
    mod_tool: Json | None = None
    creator_handle: str | None = None

    @property
    def kind(self) -> str:
        """The lexicon's name without what all have in common."""
        return str(self.event.get("$type", "")).rsplit("#", 1)[-1].removeprefix("modEvent").removesuffix("Event")

    @property
    def rule(self) -> str:
        """The rule that did it; empty for people."""
        return "" if self.mod_tool is None else str(self.meta.get("rule", ""))

    @property
    def meta(self) -> Json:
        """What the tool said of it."""
        found = (self.mod_tool or {}).get("meta")
        return found if isinstance(found, dict) else {}


class Events(msgspec.Struct, frozen=True):
    """The answer of queryEvents."""

    events: list[Event]
    cursor: str | None = None
