"""Turn an account into the records it had before the simulation began; the same at every call."""

from skywarden.atproto import cbor
from skywarden.atproto.cid import cid_bytes_of, cid_text
from skywarden.atproto.tid import tid_of
from skywarden.kernel.ids import AtUri, RecordKey, UtcMicros
from skywarden.simulator import records
from skywarden.simulator.accounts import Account, AccountRegister
from skywarden.simulator.dice import dice
from skywarden.simulator.graph import circle_of
from skywarden.simulator.moments import HOUR_US
from skywarden.simulator.records import PostRef, Record, RichText
from skywarden.simulator.text import load_pool

_FIRST_POST_CLOCK_ID = 3


class Founding:
    """Makes the first records of accounts. `founders` is how many accounts the network began with."""

    def __init__(self, seed: int, register: AccountRegister, founders: int) -> None:
        self._seed = seed
        self._register = register
        self._founders = founders

    def circle(self, account: Account) -> dict[int, RecordKey]:
        """Whom the account followed before the simulation."""
        return circle_of(self._seed, account, self._register, self._founders)

    def records(self, account: Account) -> dict[str, Record]:
        """All first records by path; none for an account that was born live."""
        if account.born_live:
            return {}
        rkey, first_post = self._first_post(account)
        made = {f"{records.PROFILE}/self": self.profile(account), f"{records.POST}/{rkey}": first_post}
        for target, key in self.circle(account).items():
            follow = records.about_account(records.FOLLOW, self._register[target].did, account.created_us)
            made[f"{records.FOLLOW}/{key}"] = follow
        return made

    def profile(self, account: Account) -> Record:
        """The profile record as the account's fields say."""
        rng = dice(self._seed, "profile", account.index)
        name, bio = account.display_name, account.description
        return records.profile(name, bio, account.created_us, rng, has_avatar=account.has_avatar)

    def first_post(self, account: Account) -> PostRef | None:
        """A post that can be answered though its author has been silent since the beginning."""
        if account.born_live:
            return None
        rkey, record = self._first_post(account)
        uri = AtUri(f"at://{account.did}/{records.POST}/{rkey}")
        cid = cid_text(cid_bytes_of(cbor.encode(record)))
        return PostRef(uri, cid, account.index, account.lang, uri, cid)

    def _first_post(self, account: Account) -> tuple[RecordKey, Record]:
        rng = dice(self._seed, "first-post", account.index)
        at_us = UtcMicros(account.created_us + HOUR_US)
        body = RichText(load_pool(account.lang).post(rng))
        return RecordKey(tid_of(at_us, _FIRST_POST_CLOCK_ID)), records.post(body, at_us, account.lang)
