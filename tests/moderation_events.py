"""Any moderation event, by hypothesis: about few subjects, so that they meet each other."""

from dataclasses import dataclass

from hypothesis import strategies as st

from skywarden.kernel.ids import Cid, Did
from skywarden.model.subject import Subject
from skywarden.moderation.events import (
    AccountEvent,
    AgeAssuranceEvent,
    AgeAssuranceOverrideEvent,
    AgeAssurancePurgeEvent,
    CancelScheduledTakedownEvent,
    IdentityEvent,
    ModEvent,
    ModEventAcknowledge,
    ModEventComment,
    ModEventDivert,
    ModEventEmail,
    ModEventEscalate,
    ModEventLabel,
    ModEventMute,
    ModEventMuteReporter,
    ModEventPriorityScore,
    ModEventReport,
    ModEventResolveAppeal,
    ModEventReverseTakedown,
    ModEventTag,
    ModEventTakedown,
    ModEventUnmute,
    ModEventUnmuteReporter,
    RecordEvent,
    RevokeAccountCredentialsEvent,
    ScheduleTakedownEvent,
)
from skywarden.moderation.reasons import APPEALS

RUDE = "com.atproto.moderation.defs#reasonRude"
THEN = "2023-11-15T11:00:00.000Z"

_HOURS = st.sampled_from([None, 0, 1, 30])
_WORDS = st.lists(st.sampled_from(["spam", "rude", "porn"]), max_size=2, unique=True).map(tuple)
_FLAG = st.sampled_from([None, True])
_STRIKES = st.sampled_from([None, 0, 1, 3])
_ENDS = st.sampled_from([None, "2023-11-15T14:00:00.000Z", "2024-11-15T14:00:00.000Z"])

ANY_EVENT: st.SearchStrategy[ModEvent] = st.one_of(
    st.builds(
        ModEventTakedown,
        duration_in_hours=_HOURS,
        acknowledge_account_subjects=_FLAG,
        policies=st.sampled_from([None, ("hate speech",)]),
        strike_count=_STRIKES,
        strike_expires_at=_ENDS,
    ),
    st.builds(ModEventReverseTakedown, strike_count=_STRIKES),
    st.just(ModEventResolveAppeal()),
    st.builds(ModEventComment, comment=st.sampled_from([None, "", "look \0 here"]), sticky=_FLAG),
    st.builds(ModEventReport, report_type=st.sampled_from([RUDE, *sorted(APPEALS)])),
    st.builds(ModEventLabel, create_label_vals=_WORDS, negate_label_vals=_WORDS, duration_in_hours=_HOURS),
    st.builds(ModEventPriorityScore, score=st.integers(-1, 101)),
    st.builds(
        AgeAssuranceEvent,
        created_at=st.just(THEN),
        attempt_id=st.just("a"),
        status=st.sampled_from(["unknown", "pending", "assured", "odd"]),
    ),
    st.builds(
        AgeAssuranceOverrideEvent, status=st.sampled_from(["assured", "reset", "blocked"]), comment=st.just("so")
    ),
    st.just(AgeAssurancePurgeEvent("forget")),
    st.just(RevokeAccountCredentialsEvent("stolen")),
    st.builds(ModEventAcknowledge, acknowledge_account_subjects=_FLAG),
    st.just(ModEventEscalate()),
    st.builds(ModEventMute, duration_in_hours=st.sampled_from([0, 1, 30])),
    st.just(ModEventUnmute()),
    st.builds(ModEventMuteReporter, duration_in_hours=_HOURS),
    st.just(ModEventUnmuteReporter()),
    st.builds(ModEventEmail, subject_line=st.just("hello"), strike_count=_STRIKES, strike_expires_at=_ENDS),
    st.just(ModEventDivert()),
    st.builds(ModEventTag, add=_WORDS, remove=_WORDS, duration_in_hours=_HOURS),
    st.builds(
        AccountEvent,
        active=st.booleans(),
        timestamp=st.just(THEN),
        status=st.sampled_from([None, "deleted", "deactivated", "takendown"]),
    ),
    st.builds(IdentityEvent, timestamp=st.just(THEN), tombstone=_FLAG),
    st.builds(RecordEvent, op=st.sampled_from(["create", "update", "delete"]), timestamp=st.just(THEN)),
    st.just(ScheduleTakedownEvent(execute_at=THEN)),
    st.just(CancelScheduledTakedownEvent()),
)


@dataclass(frozen=True, slots=True)
class Happening:
    """One event on one of few subjects, by one of few people, some hours after the one before."""

    event: ModEvent
    subject: int
    by: int
    blobs: tuple[Cid, ...]
    hours_later: int


HAPPENINGS = st.lists(
    st.builds(
        Happening,
        event=ANY_EVENT,
        subject=st.integers(0, 4),
        by=st.integers(0, 2),
        blobs=st.sampled_from([(), (Cid("bafyblob"),)]),
        hours_later=st.sampled_from([0, 0, 1, 40]),
    ),
    min_size=1,
    max_size=25,
)


def cast(name: str) -> tuple[list[Subject], list[Did]]:
    """Two accounts, two records of the first, a conversation; and the first account, the second and a moderator."""
    first, second, moderator = (Did(f"did:plc:{name}{role}") for role in ("first", "second", "moderator"))
    subjects = [
        Subject.account(first),
        Subject.record(first, "app.bsky.feed.post", "one", Cid("bafyone")),
        Subject.record(first, "app.bsky.feed.post", "two", Cid("bafytwo")),
        Subject.conversation(first, "convo", "message"),
        Subject.account(second),
    ]
    return subjects, [first, second, moderator]
