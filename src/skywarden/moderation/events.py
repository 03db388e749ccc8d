"""The 25 kinds of moderation event, shaped and tagged as tools.ozone.moderation.defs has them."""

from typing import Annotated

import msgspec

from skywarden.atproto.cid import CID_PATTERN
from skywarden.atproto.syntax.datetime import DATETIME_PATTERN, MAX_DATETIME_CHARS
from skywarden.atproto.syntax.handle import HANDLE_PATTERN, MAX_HANDLE_CHARS
from skywarden.atproto.syntax.uri import MAX_URI_CHARS, URI_PATTERN
from skywarden.atproto.syntax.whole import whole_pattern

DEFS = "tools.ozone.moderation.defs#"

Moment = Annotated[str, msgspec.Meta(pattern=whole_pattern(DATETIME_PATTERN, MAX_DATETIME_CHARS))]
"""A datetime of AT Protocol, kept as it was written."""

HandleName = Annotated[str, msgspec.Meta(pattern=whole_pattern(HANDLE_PATTERN, MAX_HANDLE_CHARS))]
Address = Annotated[str, msgspec.Meta(pattern=whole_pattern(URI_PATTERN, MAX_URI_CHARS))]
RecordCid = Annotated[str, msgspec.Meta(pattern=whole_pattern(CID_PATTERN, 256))]

Policies = Annotated[tuple[str, ...], msgspec.Meta(max_length=5)]
Reason = Annotated[str, msgspec.Meta(min_length=1)]
Score = Annotated[int, msgspec.Meta(ge=0, le=100)]


class ModEventBody(msgspec.Struct, frozen=True, rename="camel", tag_field="$type", omit_defaults=True):
    """What all kinds share; `type_name` is the lexicon's name without the NSID before it."""

    @classmethod
    def type_name(cls) -> str:
        """The lexicon's name, such as modEventLabel."""
        return str(cls.__struct_config__.tag).removeprefix(DEFS)


class ModEventTakedown(ModEventBody, frozen=True, tag=f"{DEFS}modEventTakedown"):
    """Take a subject down, for good or for a time."""

    comment: str | None = None
    duration_in_hours: int | None = None
    acknowledge_account_subjects: bool | None = None
    policies: Policies | None = None
    severity_level: str | None = None
    target_services: tuple[str, ...] | None = None
    strike_count: int | None = None
    strike_expires_at: Moment | None = None


class ModEventReverseTakedown(ModEventBody, frozen=True, tag=f"{DEFS}modEventReverseTakedown"):
    """Take a takedown back; `strike_count` is how many strikes to subtract."""

    comment: str | None = None
    policies: Policies | None = None
    severity_level: str | None = None
    strike_count: int | None = None


class ModEventResolveAppeal(ModEventBody, frozen=True, tag=f"{DEFS}modEventResolveAppeal"):
    """Answer an appeal."""

    comment: str | None = None


class ModEventComment(ModEventBody, frozen=True, tag=f"{DEFS}modEventComment"):
    """Comment on a subject; a sticky comment stays on it, an empty sticky one takes that off."""

    comment: str | None = None
    sticky: bool | None = None


class ModEventReport(ModEventBody, frozen=True, tag=f"{DEFS}modEventReport"):
    """Report a subject; moderation itself says whether the reporter was muted."""

    report_type: str
    comment: str | None = None
    is_reporter_muted: bool | None = None


class ModEventLabel(ModEventBody, frozen=True, tag=f"{DEFS}modEventLabel"):
    """Add labels (for a time) and negate labels."""

    create_label_vals: tuple[str, ...]
    negate_label_vals: tuple[str, ...]
    comment: str | None = None
    duration_in_hours: int | None = None


class ModEventPriorityScore(ModEventBody, frozen=True, tag=f"{DEFS}modEventPriorityScore"):
    """Say how urgent a subject is, 0 to 100."""

    score: Score
    comment: str | None = None


class AgeAssuranceEvent(ModEventBody, frozen=True, tag=f"{DEFS}ageAssuranceEvent"):
    """What a user's own age assurance flow said."""

    created_at: Moment
    attempt_id: str
    status: str
    access: str | None = None
    country_code: str | None = None
    region_code: str | None = None
    init_ip: str | None = None
    init_ua: str | None = None
    complete_ip: str | None = None
    complete_ua: str | None = None


class AgeAssuranceOverrideEvent(ModEventBody, frozen=True, tag=f"{DEFS}ageAssuranceOverrideEvent"):
    """Set a user's age assurance by a moderator's word."""

    status: str
    comment: Reason
    access: str | None = None


class AgeAssurancePurgeEvent(ModEventBody, frozen=True, tag=f"{DEFS}ageAssurancePurgeEvent"):
    """Forget what age assurance said of a user."""

    comment: Reason


class RevokeAccountCredentialsEvent(ModEventBody, frozen=True, tag=f"{DEFS}revokeAccountCredentialsEvent"):
    """Log a user out everywhere."""

    comment: Reason


class ModEventAcknowledge(ModEventBody, frozen=True, tag=f"{DEFS}modEventAcknowledge"):
    """Close the review of a subject, or of all subjects of its account."""

    comment: str | None = None
    acknowledge_account_subjects: bool | None = None


class ModEventEscalate(ModEventBody, frozen=True, tag=f"{DEFS}modEventEscalate"):
    """Have somebody senior look."""

    comment: str | None = None


class ModEventMute(ModEventBody, frozen=True, tag=f"{DEFS}modEventMute"):
    """Keep a subject out of the queues for a time."""

    duration_in_hours: int
    comment: str | None = None


class ModEventUnmute(ModEventBody, frozen=True, tag=f"{DEFS}modEventUnmute"):
    """End a mute."""

    comment: str | None = None


class ModEventMuteReporter(ModEventBody, frozen=True, tag=f"{DEFS}modEventMuteReporter"):
    """Have an account's reports change nothing, for a time or (no duration) for good."""

    comment: str | None = None
    duration_in_hours: int | None = None


class ModEventUnmuteReporter(ModEventBody, frozen=True, tag=f"{DEFS}modEventUnmuteReporter"):
    """Have an account's reports count again."""

    comment: str | None = None


class ModEventEmail(ModEventBody, frozen=True, tag=f"{DEFS}modEventEmail"):
    """Keep a log of what was written to a user; it may carry strikes."""

    subject_line: str
    content: str | None = None
    comment: str | None = None
    policies: Policies | None = None
    severity_level: str | None = None
    strike_count: int | None = None
    strike_expires_at: Moment | None = None
    is_delivered: bool | None = None


class ModEventDivert(ModEventBody, frozen=True, tag=f"{DEFS}modEventDivert"):
    """Send a record's blobs to another service and take the record down."""

    comment: str | None = None


class ModEventTag(ModEventBody, frozen=True, tag=f"{DEFS}modEventTag"):
    """Add tags (for a time) and remove tags."""

    add: tuple[str, ...]
    remove: tuple[str, ...]
    comment: str | None = None
    duration_in_hours: int | None = None


class AccountEvent(ModEventBody, frozen=True, tag=f"{DEFS}accountEvent"):
    """An account's hosting changed."""

    active: bool
    timestamp: Moment
    comment: str | None = None
    status: str | None = None


class IdentityEvent(ModEventBody, frozen=True, tag=f"{DEFS}identityEvent"):
    """An account's identity changed."""

    timestamp: Moment
    comment: str | None = None
    handle: HandleName | None = None
    pds_host: Address | None = None
    tombstone: bool | None = None


class RecordEvent(ModEventBody, frozen=True, tag=f"{DEFS}recordEvent"):
    """A record was created, updated or deleted."""

    op: str
    timestamp: Moment
    comment: str | None = None
    cid: RecordCid | None = None


class ScheduleTakedownEvent(ModEventBody, frozen=True, tag=f"{DEFS}scheduleTakedownEvent"):
    """A takedown was scheduled."""

    comment: str | None = None
    execute_at: Moment | None = None
    execute_after: Moment | None = None
    execute_until: Moment | None = None


class CancelScheduledTakedownEvent(ModEventBody, frozen=True, tag=f"{DEFS}cancelScheduledTakedownEvent"):
    """A scheduled takedown was called off."""

    comment: str | None = None


ModEvent = (
    ModEventTakedown
    | ModEventReverseTakedown
    | ModEventResolveAppeal
    | ModEventComment
    | ModEventReport
    | ModEventLabel
    | ModEventPriorityScore
    | AgeAssuranceEvent
    | AgeAssuranceOverrideEvent
    | AgeAssurancePurgeEvent
    | RevokeAccountCredentialsEvent
    | ModEventAcknowledge
    | ModEventEscalate
    | ModEventMute
    | ModEventUnmute
    | ModEventMuteReporter
    | ModEventUnmuteReporter
    | ModEventEmail
    | ModEventDivert
    | ModEventTag
    | AccountEvent
    | IdentityEvent
    | RecordEvent
    | ScheduleTakedownEvent
    | CancelScheduledTakedownEvent
)

EVENT_KINDS: tuple[type[ModEvent], ...] = ModEvent.__args__
"""Every kind, in the order of the union."""

_ENCODER = msgspec.json.Encoder()


def event_json(event: ModEvent) -> str:
    """The lexicon's body with its `$type`, as it is stored and answered."""
    return _ENCODER.encode(event).decode()
