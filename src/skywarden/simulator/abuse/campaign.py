"""What every abusive campaign is: some accounts, a rhythm, a number of acts, and a truth that goes with each act."""

from enum import StrEnum
from typing import Protocol

import msgspec

from skywarden.kernel.ids import UtcMicros
from skywarden.simulator.abuse.scene import Scene
from skywarden.simulator.acts import Act, CommitAct, JoinAct, Truth, Write
from skywarden.simulator.moments import SECOND_US


class AbuseKind(StrEnum):
    """The kinds of abuse that the network can show."""

    COPY_PASTE = "copy-paste-wave"
    LINK_SPAM = "link-spam"
    REPLY_FLOOD = "reply-flood"
    MENTION_BOMBING = "mention-bombing"
    FOLLOW_CHURN = "follow-churn"
    REPOST_RING = "repost-ring"
    IMPERSONATION = "impersonation"
    DRIP_BOT = "drip-bot"
    URL_RING = "url-ring"
    QUOTE_RING = "quote-ring"
    LIKE_RING = "like-ring"
    SLOW_BOT = "slow-bot"
    SIGNUP_WAVE = "signup-wave"


PATIENT = (AbuseKind.URL_RING, AbuseKind.QUOTE_RING, AbuseKind.LIKE_RING, AbuseKind.SLOW_BOT, AbuseKind.SIGNUP_WAVE)
"""Kinds that take days, and come up only where a network is asked for them: rules that see an hour miss them."""

BRISK = tuple(kind for kind in AbuseKind if kind not in PATIENT)
"""Kinds that take minutes or hours and come up by themselves."""


class Strength(StrEnum):
    """How hard a campaign is to miss."""

    STRONG = "strong"
    MEDIUM = "medium"
    WEAK = "weak"


class Course(msgspec.Struct, kw_only=True):
    """How far a campaign has come.

    `arriving` are members that have not been announced yet. `by_the_clock`: its pauses are all equal, which gives a
    bot away. `deceptive_names`: joining is itself an abusive act.
    """

    kind: AbuseKind
    name: str
    strength: Strength
    members: list[int]
    arriving: list[int]
    left: int
    gap_us: float
    next_us: UtcMicros
    by_the_clock: bool = False
    deceptive_names: bool = False

    @property
    def truth(self) -> Truth:
        return Truth(self.kind, self.name, self.strength)

    @property
    def is_over(self) -> bool:
        return self.left <= 0

    @property
    def acts_per_s(self) -> float:
        return SECOND_US / self.gap_us

    def commit(self, member: int, *writes: Write) -> CommitAct:
        """An abusive commit."""
        return CommitAct(member, writes, self.truth)


class Campaign(Protocol):
    """One kind of abuse. Its fields are all it knows, so that it can be stored and gone on with."""

    course: Course

    def play(self, scene: Scene) -> Act | None:
        """Give the next act; None when the moment does not allow one."""
        ...


def step(campaign: Campaign, scene: Scene) -> Act | None:
    """Let a campaign do its next act, and set the time of the one after it."""
    course = campaign.course
    if course.arriving:
        course.next_us = UtcMicros(course.next_us + round(scene.rng.uniform(0.2, 4.0) * SECOND_US))
        return JoinAct(course.arriving.pop(), course.truth if course.deceptive_names else None)
    course.left -= 1
    pause_us = course.gap_us if course.by_the_clock else scene.rng.expovariate(1 / course.gap_us)
    course.next_us = UtcMicros(course.next_us + round(pause_us) + 1)
    return campaign.play(scene)
