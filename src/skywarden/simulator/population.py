"""Turn the seed into accounts with plausible names, ages and habits; also registers those who join later."""

import re
import unicodedata
from random import Random

import msgspec

from skywarden.kernel.ids import Did, Handle, UtcMicros
from skywarden.simulator.accounts import Account, AccountRegister, Role
from skywarden.simulator.dice import dice
from skywarden.simulator.keyring import KeyRing
from skywarden.simulator.moments import DAY_US
from skywarden.simulator.notables import NOTABLES
from skywarden.simulator.plc import Identity, PlcDirectory
from skywarden.simulator.text import LANGUAGES, load_pool
from skywarden.simulator.text.grammar import LANGUAGE_WEIGHTS

HOSTS = ("amber.skyhost.test", "basalt.skyhost.test", "coral.skyhost.test", "dune.skyhost.test", "pds.tidepool.test")
_HOST_WEIGHTS = (34, 28, 20, 12, 6)
_SHARED_SUFFIX = "sky.test"
_OWN_SUFFIX = "tidepool.test"

_UTC_OFFSETS = {
    "en": (-8, -5, -5, 0, 0, 1, 10),
    "pt": (-3, -3, 0),
    "ja": (9,),
    "de": (1,),
    "es": (1, -6, -3),
    "fr": (1, 0),
    "ko": (9,),
}
_AGES_DAYS = ((90.0, 900.0), (14.0, 90.0), (1.0, 14.0), (0.1, 1.0))
_AGE_WEIGHTS = (72, 19, 7, 2)
_MAX_LABEL_CHARS = 18
_SYLLABLES = ("ha", "ru", "mi", "na", "to", "so", "ra", "yu", "ki", "no", "sa", "ka", "jin", "seo", "min", "ri", "chi")


class Population:
    """Makes accounts and enters them into the register and the PLC directory.

    Crash: both hold what changed until the store takes it, so an account is durable before its first event.
    """

    def __init__(self, seed: int, register: AccountRegister, plc: PlcDirectory, keys: KeyRing) -> None:
        self._seed = seed
        self._register = register
        self._plc = plc
        self._keys = keys

    def found(self, people: int, now_us: UtcMicros) -> None:
        """Make the accounts of the beginning: notables, the canary and ordinary people."""
        for notable in NOTABLES:
            rng = self._rng()
            draft = self.draft(Role.NOTABLE, now_us, rng.uniform(400, 1_000), lang="en")
            known = msgspec.structs.replace(
                draft,
                handle=Handle(f"{notable.label}.{_OWN_SUFFIX}"),
                display_name=notable.name,
                description=notable.description,
                has_avatar=True,
                outside_followers=rng.randrange(40_000, 900_000),
            )
            self.enter(known, now_us)
        canary = self.draft(Role.CANARY, now_us, 30, lang="en")
        self.enter(msgspec.structs.replace(canary, activity=0.0, display_name="Drill Sergeant"), now_us)
        for _ in range(people):
            # A source of its own: of the draft's, age would decide the language.
            rng = dice(self._seed, "age", self._register.next_index)
            youngest, oldest = rng.choices(_AGES_DAYS, weights=_AGE_WEIGHTS)[0]
            self.enter(self.draft(Role.PERSON, now_us, rng.uniform(youngest, oldest)), now_us)

    def _rng(self) -> Random:
        """A source of its own for each account, so that one more account changes no other."""
        return dice(self._seed, "account", self._register.next_index)

    def draft(self, role: Role, now_us: UtcMicros, age_days: float, *, lang: str | None = None) -> Account:
        """Sketch the next account; `enter` makes it real. Its counts grow with its age."""
        rng = self._rng()
        lang = lang or rng.choices(LANGUAGES, weights=LANGUAGE_WEIGHTS)[0]
        pool = load_pool(lang)
        name = pool.person(rng)
        growth = min(age_days, 200) * rng.lognormvariate(0, 0.8)
        return Account(
            index=self._register.next_index,
            did=Did(""),
            handle=self.free_handle(handle_label(name, rng), rng),
            host=rng.choices(HOSTS, weights=_HOST_WEIGHTS)[0],
            role=role,
            created_us=UtcMicros(now_us - round(age_days * DAY_US)),
            lang=lang,
            utc_offset_h=rng.choice(_UTC_OFFSETS[lang]),
            activity=rng.lognormvariate(0, 1),
            display_name=name,
            description=pool.bio(rng) if rng.random() < 0.8 else "",
            has_avatar=rng.random() < 0.85,
            outside_followers=round(growth * rng.lognormvariate(-0.5, 1.4)),
            outside_follows=round(growth * 1.5) + rng.randrange(8),
            outside_posts=round(growth * 5),
        )

    def free_handle(self, label: str, rng: Random) -> Handle:
        """A handle from `label` that nobody has."""
        suffix = _OWN_SUFFIX if rng.random() < 0.1 else _SHARED_SUFFIX
        handle = Handle(f"{label}.{suffix}")
        while self._register.by_handle(handle) is not None:
            handle = Handle(f"{label}{rng.randrange(2, 10_000)}.{suffix}")
        return handle

    def enter(self, draft: Account, now_us: UtcMicros) -> Account:
        """Register the identity at PLC, as of the draft's creation time, and enter the account.

        The time of the PLC operation is the account's age to everybody else, so it never lies after `now_us`.
        """
        created_us = min(draft.created_us, now_us)
        did = self._plc.register(self._identity(draft), self._keys.rotation(draft.host), created_us)
        account = msgspec.structs.replace(draft, did=did, created_us=created_us)
        self._register.put(account)
        return account

    def rename(self, account: Account, handle: Handle, now_us: UtcMicros) -> Account:
        """Give an account another handle, at PLC too."""
        renamed = msgspec.structs.replace(account, handle=handle)
        self._plc.update(account.did, self._identity(renamed), self._keys.rotation(account.host), now_us)
        self._register.put(renamed)
        return renamed

    def _identity(self, account: Account) -> Identity:
        return Identity(
            signing_key=self._keys.signing(account.index).did_key,
            rotation_key=self._keys.rotation(account.host).did_key,
            handle=account.handle,
            endpoint=f"https://{account.host}",
        )


def handle_label(name: str, rng: Random) -> str:
    """Make a handle's first label from a display name; names in other scripts get a romanised-looking one."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z]+", plain)
    if not words:
        words = ["".join(rng.choice(_SYLLABLES) for _ in range(rng.randrange(2, 4)))]
    shape = rng.randrange(4)
    label = ("".join(words), "-".join(words), words[0], words[-1] + words[0][:1])[shape]
    number = str(rng.randrange(1, 100)) if rng.random() < 0.35 else ""
    return label[:_MAX_LABEL_CHARS].rstrip("-") + number
