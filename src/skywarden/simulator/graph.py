"""Who follows whom among the simulated accounts: circles from the beginning, and what changed since."""

from collections import Counter
from collections.abc import Mapping

from skywarden.atproto.tid import tid_of
from skywarden.kernel.ids import RecordKey
from skywarden.simulator.accounts import Account, AccountRegister, Role
from skywarden.simulator.dice import dice
from skywarden.simulator.moments import MINUTE_US

_MEAN_CIRCLE = 14
_CIRCLE_CLOCK_ID = 2


class FollowGraph:
    """Follows by (actor, target) with the record key of each."""

    def __init__(self) -> None:
        self._follows: dict[int, dict[int, RecordKey]] = {}
        self._followers: Counter[int] = Counter()

    def replace(self, actor: int, targets: Mapping[int, RecordKey]) -> None:
        """Set all that `actor` follows."""
        for target in list(self._follows.get(actor, ())):
            self.remove(actor, target)
        for target, rkey in targets.items():
            self.add(actor, target, rkey)

    def add(self, actor: int, target: int, rkey: RecordKey) -> None:
        if target not in self._follows.setdefault(actor, {}):
            self._followers[target] += 1
        self._follows[actor][target] = rkey

    def remove(self, actor: int, target: int) -> None:
        if self._follows.get(actor, {}).pop(target, None) is not None:
            self._followers[target] -= 1

    def remove_rkey(self, actor: int, rkey: str) -> None:
        """Remove by record key, as a delete on the wire names it."""
        for target, key in self._follows.get(actor, {}).items():
            if key == rkey:
                self.remove(actor, target)
                return

    def rkey(self, actor: int, target: int) -> RecordKey | None:
        """Key of the record by which `actor` follows `target`; None when it does not."""
        return self._follows.get(actor, {}).get(target)

    def following(self, actor: int) -> list[int]:
        return list(self._follows.get(actor, ()))

    def followers_count(self, target: int) -> int:
        return self._followers[target]


def circle_of(seed: int, account: Account, register: AccountRegister, founders: int) -> dict[int, RecordKey]:
    """Choose whom an account has followed since before the simulation; mostly people of its language and notables.

    Shape: target index -> record key; the same for the same seed and founders (accounts of the beginning).
    """
    if account.born_live or account.index >= founders:
        return {}
    rng = dice(seed, "circle", account.index)
    wanted = min(round(rng.lognormvariate(0, 0.5) * _MEAN_CIRCLE), founders - 2)
    chosen: dict[int, RecordKey] = {}
    while len(chosen) < wanted:
        target = register[int(founders * rng.random() ** 1.6)]
        same_tongue = target.lang == account.lang or rng.random() < 0.15
        if target.index == account.index or target.role is Role.CANARY or (not same_tongue and rng.random() < 0.9):
            continue
        at_us = account.created_us + (len(chosen) + 1) * MINUTE_US
        chosen[target.index] = RecordKey(tid_of(at_us, _CIRCLE_CLOCK_ID))
    return chosen
