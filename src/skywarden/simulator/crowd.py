"""Turn the time of day into who of the ordinary people acts next."""

from bisect import bisect
from random import Random

from skywarden.kernel.ids import UtcMicros
from skywarden.simulator.accounts import Account
from skywarden.simulator.hours import activity_at


class _Zone:
    """People of one offset from UTC, drawn by their personal rates."""

    def __init__(self) -> None:
        self.members: list[int] = []
        self.sums: list[float] = []

    @property
    def weight(self) -> float:
        return self.sums[-1] if self.sums else 0.0

    def add(self, account: Account) -> None:
        self.sums.append(self.weight + account.activity)
        self.members.append(account.index)

    def draw(self, rng: Random) -> int:
        return self.members[bisect(self.sums, rng.random() * self.weight)]


class Crowd:
    """Draws people so that each place is as awake as its clock says and each person as busy as they are."""

    def __init__(self) -> None:
        self._zones: dict[int, _Zone] = {}

    def add(self, account: Account) -> None:
        self._zones.setdefault(account.utc_offset_h, _Zone()).add(account)

    def draw(self, now_us: UtcMicros, rng: Random) -> int:
        """Index of the person who acts at this moment."""
        weights = [zone.weight * activity_at(now_us, offset) for offset, zone in self._zones.items()]
        return rng.choices(list(self._zones.values()), weights)[0].draw(rng)
