"""Decide which campaigns run when, so that abuse keeps its share of the stream and every kind comes up."""

import msgspec

from skywarden.kernel.ids import UtcMicros
from skywarden.simulator.abuse.campaign import BRISK, PATIENT, AbuseKind, Strength, step
from skywarden.simulator.abuse.launch import AnyCampaign, Order, launch
from skywarden.simulator.abuse.scene import Scene
from skywarden.simulator.acts import Act, StatusAct
from skywarden.simulator.moments import DAY_US, MINUTE_US, SECOND_US

_OPENING_MINUTES = {
    AbuseKind.DRIP_BOT: 30.0,
    AbuseKind.COPY_PASTE: 29.0,
    AbuseKind.REPLY_FLOOD: 27.0,
    AbuseKind.REPOST_RING: 24.0,
    AbuseKind.FOLLOW_CHURN: 22.0,
    AbuseKind.LINK_SPAM: 18.0,
    AbuseKind.IMPERSONATION: 15.0,
    AbuseKind.MENTION_BOMBING: 12.0,
}
"""Minutes before the live stream begins at which one strong campaign of each kind sets out: each is near or past its
peak when the stream goes live, and goes on a while."""

_STRENGTH_WEIGHTS = {Strength.STRONG: 45, Strength.MEDIUM: 30, Strength.WEAK: 25}
_LAUNCH_PAUSE_US = 2 * SECOND_US
_REMOVED = 0.7
_LAST_WORDS = ("takendown", "suspended", "deleted", "deleted")


class Retirement(msgspec.Struct, frozen=True):
    """A host will close an abuser's account."""

    at_us: UtcMicros
    account: int
    status: str


class Memory(msgspec.Struct, kw_only=True):
    """All that the director knows; stored now and then, so that campaigns go on after a restart."""

    campaigns: list[AnyCampaign] = []
    openings: list[tuple[int, AbuseKind]] = []
    retirements: list[Retirement] = []
    launched: dict[AbuseKind, int] = {}
    deck: list[AbuseKind] = []
    next_launch_us: int = 0
    at_us: UtcMicros = UtcMicros(0)


class Director:
    """Runs campaigns. After a crash, acts since the last stored memory may be done a second time, by intent only:
    what is already there is not created again, what is gone is not deleted again."""

    def __init__(self, scene: Scene, *, acts_per_s: float, scale: float, memory: Memory) -> None:
        self._scene = scene
        self._budget = acts_per_s
        self._scale = scale
        self._memory = memory

    def open_before(self, live_us: UtcMicros) -> None:
        """Plan the campaigns that are under way when the stream goes live."""
        plans = [(round(live_us - minutes * MINUTE_US), kind) for kind, minutes in _OPENING_MINUTES.items()]
        self._memory.openings = sorted(plans)
        self._memory.next_launch_us = live_us

    def open_patient(self, live_us: UtcMicros, campaigns: int) -> None:
        """Plan so many campaigns of each patient kind: signup waves once there is a past, the others at once."""
        memory, rng = self._memory, self._scene.rng
        for kind in PATIENT:
            late_days = (7.1, 9.3) if kind is AbuseKind.SIGNUP_WAVE else (0.0, 1.0)
            memory.openings += [(live_us + round(rng.uniform(*late_days) * DAY_US), kind) for _ in range(campaigns)]
        memory.openings.sort()

    def remember(self) -> bytes:
        """What to store."""
        self._memory.at_us = self._scene.world.now_us
        return msgspec.msgpack.encode(self._memory)

    def skip(self, delta_us: int) -> None:
        """Put off everything that is planned."""
        memory = self._memory
        memory.next_launch_us += delta_us
        memory.openings = [(at_us + delta_us, kind) for at_us, kind in memory.openings]
        for campaign in memory.campaigns:
            campaign.course.next_us = UtcMicros(campaign.course.next_us + delta_us)

    @property
    def next_us(self) -> int:
        """When there is something to do next."""
        memory = self._memory
        times = [campaign.course.next_us for campaign in memory.campaigns]
        return min((*times, *(at_us for at_us, _ in memory.openings[:1]), memory.next_launch_us))

    def act(self) -> Act | None:
        """Do what is due first; None when that put nothing on the wire."""
        now_us = self._scene.world.now_us
        memory = self._memory
        if memory.openings and memory.openings[0][0] <= now_us:
            _, kind = memory.openings.pop(0)
            number = memory.launched.get(kind, 0)
            self._launch(kind, list(Strength)[number % 3] if kind in PATIENT else Strength.STRONG)
            return None
        if memory.next_launch_us <= now_us:
            memory.next_launch_us = now_us + _LAUNCH_PAUSE_US
            return self._fill_up()
        campaign = min(memory.campaigns, key=lambda campaign: campaign.course.next_us)
        act = step(campaign, self._scene)
        if campaign.course.is_over:
            memory.campaigns.remove(campaign)
            self._plan_retirement(campaign)
        return act

    def _fill_up(self) -> Act | None:
        """Close an account whose time has come, or launch a campaign where the budget has room."""
        memory = self._memory
        if memory.retirements and memory.retirements[0].at_us <= self._scene.world.now_us:
            gone = memory.retirements.pop(0)
            return StatusAct(gone.account, active=False, status=gone.status)
        running = sum(campaign.course.acts_per_s for campaign in memory.campaigns)
        if running < self._budget or not memory.campaigns:
            strength = self._scene.rng.choices(list(_STRENGTH_WEIGHTS), list(_STRENGTH_WEIGHTS.values()))[0]
            self._launch(self._next_kind(), strength)
        return None

    def _next_kind(self) -> AbuseKind:
        """Deal the kinds like cards, so that none waits long."""
        if not self._memory.deck:
            self._memory.deck = self._scene.rng.sample(BRISK, len(BRISK))
        return self._memory.deck.pop()

    def _launch(self, kind: AbuseKind, strength: Strength) -> None:
        number = self._memory.launched.get(kind, 0)
        self._memory.launched[kind] = number + 1
        order = Order(kind, strength, f"{kind}-{number + 1:04}", number, self._scale)
        self._memory.campaigns.append(launch(order, self._scene))

    def _plan_retirement(self, campaign: AnyCampaign) -> None:
        """Most members are closed by their hosts some minutes later; the others fall silent."""
        rng = self._scene.rng
        for member in campaign.course.members:
            if rng.random() < _REMOVED:
                at_us = UtcMicros(self._scene.world.now_us + round(rng.uniform(5, 60) * MINUTE_US))
                self._memory.retirements.append(Retirement(at_us, member, rng.choice(_LAST_WORDS)))
        self._memory.retirements.sort(key=lambda retirement: retirement.at_us)
