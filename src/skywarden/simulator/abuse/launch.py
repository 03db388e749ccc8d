"""Turn a kind and a strength into a campaign: its accounts, its texts, its rhythm."""

from collections.abc import Callable

import msgspec

from skywarden.kernel.ids import Handle
from skywarden.simulator import records
from skywarden.simulator.abuse.campaign import AbuseKind, Course, Strength
from skywarden.simulator.abuse.harassment import MentionBombing, ReplyFlood
from skywarden.simulator.abuse.impersonation import Impersonation
from skywarden.simulator.abuse.manipulation import FollowChurn, RepostRing
from skywarden.simulator.abuse.patient import LikeRing, QuoteRing, SignupWave, SlowBot, UrlRing
from skywarden.simulator.abuse.scene import Scene
from skywarden.simulator.abuse.spam import CopyPasteWave, DripBot, LinkSpam
from skywarden.simulator.accounts import Account, Role
from skywarden.simulator.moments import MINUTE_US
from skywarden.simulator.population import HOSTS
from skywarden.simulator.text import look_alike
from skywarden.simulator.text.links import spam_domain
from skywarden.simulator.text.variation import twin_name


class Size(msgspec.Struct, frozen=True):
    """How big a campaign of one kind and strength is."""

    members: int
    acts: int
    minutes: float

    @property
    def gap_us(self) -> float:
        """Mean time between two acts."""
        return self.minutes * MINUTE_US / self.acts


AnyCampaign = (
    CopyPasteWave
    | LinkSpam
    | ReplyFlood
    | MentionBombing
    | FollowChurn
    | RepostRing
    | Impersonation
    | DripBot
    | UrlRing
    | QuoteRing
    | LikeRing
    | SlowBot
    | SignupWave
)

_DAY = 24 * 60.0
_PATIENT_DAYS = 9 * _DAY

SIZES: dict[AbuseKind, tuple[Size, Size, Size]] = {
    AbuseKind.COPY_PASTE: (Size(10, 260, 32), Size(8, 100, 30), Size(5, 30, 40)),
    AbuseKind.LINK_SPAM: (Size(6, 120, 30), Size(4, 50, 30), Size(3, 15, 40)),
    AbuseKind.REPLY_FLOOD: (Size(1, 320, 40), Size(1, 120, 40), Size(1, 40, 40)),
    AbuseKind.MENTION_BOMBING: (Size(1, 26, 30), Size(1, 10, 30), Size(1, 5, 30)),
    AbuseKind.FOLLOW_CHURN: (Size(1, 78, 25), Size(1, 60, 30), Size(1, 40, 40)),
    AbuseKind.REPOST_RING: (Size(9, 330, 35), Size(7, 70, 25), Size(4, 20, 30)),
    AbuseKind.IMPERSONATION: (Size(1, 26, 30), Size(1, 14, 30), Size(1, 7, 40)),
    AbuseKind.DRIP_BOT: (Size(5, 120, 120), Size(3, 60, 150), Size(2, 30, 180)),
    AbuseKind.URL_RING: (Size(10, 360, _PATIENT_DAYS), Size(7, 190, _PATIENT_DAYS), Size(6, 130, _PATIENT_DAYS)),
    AbuseKind.QUOTE_RING: (Size(9, 180, _PATIENT_DAYS), Size(6, 90, _PATIENT_DAYS), Size(4, 40, _PATIENT_DAYS)),
    AbuseKind.LIKE_RING: (Size(10, 900, _PATIENT_DAYS), Size(7, 420, _PATIENT_DAYS), Size(5, 220, _PATIENT_DAYS)),
    AbuseKind.SLOW_BOT: (Size(4, 430, _PATIENT_DAYS), Size(3, 220, _PATIENT_DAYS), Size(2, 90, _PATIENT_DAYS)),
    AbuseKind.SIGNUP_WAVE: (Size(0, 120, 60), Size(0, 60, 90), Size(0, 30, 240)),
}
"""Members, acts and minutes of a strong, a medium and a weak campaign. The strong ones cross what the field's default
rules ask for: 200 strangers an hour, 20 equal replies a day, 40 mentions an hour, 800 follows made and undone a day."""

PILE_ON = (Size(12, 60, 20), Size(8, 25, 20), Size(5, 8, 20))
"""Sizes of mention bombing with one victim and many accounts."""

_HANDFULS = {Strength.STRONG: 25, Strength.MEDIUM: 10, Strength.WEAK: 2}
_AGE_DAYS = {Strength.STRONG: (0.1, 6.0), Strength.MEDIUM: (0.1, 12.0), Strength.WEAK: (2.0, 60.0)}
_BORN_LIVE = 0.3


class Order(msgspec.Struct, frozen=True):
    """What the director wants. `variant` counts earlier campaigns of the kind: their forms take turns."""

    kind: AbuseKind
    strength: Strength
    name: str
    variant: int
    scale: float

    @property
    def is_odd(self) -> bool:
        """Every other campaign of a kind takes its second form."""
        return self.variant % 2 == 1


def launch(order: Order, scene: Scene) -> AnyCampaign:
    """Recruit and begin. Accounts recruited here are registered; the campaign's first acts announce the new ones."""
    return _LAUNCHERS[order.kind](order, scene)


def _size(order: Order) -> Size:
    pile_on = order.kind is AbuseKind.MENTION_BOMBING and order.is_odd
    chosen = (PILE_ON if pile_on else SIZES[order.kind])[list(Strength).index(order.strength)]
    return msgspec.structs.replace(chosen, acts=max(2, round(chosen.acts * order.scale)))


def _recruit(order: Order, scene: Scene) -> Account:
    born_live = scene.rng.random() < _BORN_LIVE
    age_days = 0.0 if born_live else scene.rng.uniform(*_AGE_DAYS[order.strength])
    return scene.recruit(order.kind, order.name, age_days)


def _course(order: Order, scene: Scene, members: list[Account] | None = None) -> Course:
    size = _size(order)
    if members is None:
        members = [_recruit(order, scene) for _ in range(size.members)]
    return Course(
        kind=order.kind,
        name=order.name,
        strength=order.strength,
        members=[member.index for member in members],
        arriving=[member.index for member in members if member.born_live],
        left=size.acts,
        gap_us=size.gap_us,
        next_us=scene.world.now_us,
    )


def _copy_paste(order: Order, scene: Scene) -> AnyCampaign:
    text = scene.pool.script("copy_paste", scene.rng)
    varied = order.variant % 3 == 2
    return CopyPasteWave(course=_course(order, scene), text=text, varied=varied, as_replies=not order.is_odd)


def _link_spam(order: Order, scene: Scene) -> AnyCampaign:
    return LinkSpam(course=_course(order, scene))


def _reply_flood(order: Order, scene: Scene) -> AnyCampaign:
    return ReplyFlood(course=_course(order, scene), script="taunt" if order.is_odd else "promo", bothered=set())


def _mention_bombing(order: Order, scene: Scene) -> AnyCampaign:
    victim = scene.world.some_person().index if order.is_odd else None
    return MentionBombing(course=_course(order, scene), victim=victim, bothered=set())


def _follow_churn(order: Order, scene: Scene) -> AnyCampaign:
    collection = records.LIKE if order.is_odd else records.FOLLOW
    handful = _HANDFULS[order.strength]
    return FollowChurn(course=_course(order, scene), collection=collection, handful=handful, standing=[])


def _repost_ring(order: Order, scene: Scene) -> AnyCampaign:
    return RepostRing(course=_course(order, scene), waiting=[])


def _impersonation(order: Order, scene: Scene) -> AnyCampaign:
    notables = [account for account in scene.world.register if account.role is Role.NOTABLE]
    model = scene.rng.choice(notables)
    handle = _free_twin(model, scene)
    if order.is_odd:
        member = scene.recruit(order.kind, order.name, scene.rng.uniform(10, 60))
        disguise = handle
    else:
        likeness = msgspec.structs.replace(model, display_name=twin_name(model.display_name, scene.rng))
        member = scene.recruit(order.kind, order.name, 0.0, handle=handle, likeness=likeness)
        disguise = None
    course = _course(order, scene, [member])
    course.deceptive_names = True
    return Impersonation(course=course, model=model.index, disguise=disguise, bothered=set())


def _free_twin(model: Account, scene: Scene) -> Handle:
    label, _, suffix = model.handle.partition(".")
    twin = Handle(f"{look_alike(label, scene.rng)}.{suffix}")
    while scene.world.register.by_handle(twin) is not None:
        twin = Handle(f"{look_alike(label, scene.rng)}{scene.rng.randrange(2, 1_000)}.{suffix}")
    return twin


def _drip_bot(order: Order, scene: Scene) -> AnyCampaign:
    course = _course(order, scene)
    course.by_the_clock = True
    return DripBot(course=course, domains=[spam_domain(scene.rng), spam_domain(scene.rng)])


def _url_ring(order: Order, scene: Scene) -> AnyCampaign:
    return UrlRing(course=_course(order, scene))


def _quote_ring(order: Order, scene: Scene) -> AnyCampaign:
    return QuoteRing(course=_course(order, scene))


def _like_ring(order: Order, scene: Scene) -> AnyCampaign:
    course = _course(order, scene)
    course.gap_us *= len(course.members)  # the pause between rounds; within one it is seconds
    return LikeRing(course=course)


def _slow_bot(order: Order, scene: Scene) -> AnyCampaign:
    course = _course(order, scene)
    course.by_the_clock = True
    return SlowBot(course=course)


def _signup_wave(order: Order, scene: Scene) -> AnyCampaign:
    course = _course(order, scene)
    return SignupWave(course=course, host=HOSTS[-1 - order.variant % 2], arrivals=max(course.left // 2, 1))


_LAUNCHERS: dict[AbuseKind, Callable[[Order, Scene], AnyCampaign]] = {
    AbuseKind.COPY_PASTE: _copy_paste,
    AbuseKind.LINK_SPAM: _link_spam,
    AbuseKind.REPLY_FLOOD: _reply_flood,
    AbuseKind.MENTION_BOMBING: _mention_bombing,
    AbuseKind.FOLLOW_CHURN: _follow_churn,
    AbuseKind.REPOST_RING: _repost_ring,
    AbuseKind.IMPERSONATION: _impersonation,
    AbuseKind.DRIP_BOT: _drip_bot,
    AbuseKind.URL_RING: _url_ring,
    AbuseKind.QUOTE_RING: _quote_ring,
    AbuseKind.LIKE_RING: _like_ring,
    AbuseKind.SLOW_BOT: _slow_bot,
    AbuseKind.SIGNUP_WAVE: _signup_wave,
}
