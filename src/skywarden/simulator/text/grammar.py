"""Turn a language's word pool and a random source into sentences, replies, biographies and names.

A pattern is text with `{slot}` in it; a slot is replaced by one of its fillers, `{slot_cap}` by a filler with a
capital letter. Slots do not nest, so a text never grows beyond its pattern.
"""

import re
import tomllib
from functools import cache
from importlib import resources
from random import Random

import msgspec

LANGUAGES = ("en", "pt", "ja", "de", "es", "fr", "ko")
"""Languages of ordinary people, most spoken first."""

LANGUAGE_WEIGHTS = (46, 15, 16, 9, 7, 4, 3)

ABUSE = "abuse"
"""Name of the pool with the abusers' scripts."""

CUSTOMS = "customs"
"""Name of the pool with what many ordinary people say at once."""

_SLOT = re.compile(r"\{(\w+)\}")


class Pool(msgspec.Struct, frozen=True):
    """What people of one language say."""

    sentences: tuple[str, ...]
    replies: tuple[str, ...]
    short: tuple[str, ...]
    slots: dict[str, tuple[str, ...]]
    joiner: str = " "
    given: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    bios: tuple[str, ...] = ()
    alts: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    scripts: dict[str, tuple[str, ...]] = {}

    def fill(self, pattern: str, rng: Random, **given: str) -> str:
        """Replace the slots of `pattern`; a name in `given` wins over the pool's own slot."""

        def filler(match: re.Match[str]) -> str:
            name = match.group(1)
            if name in given:
                return given[name]
            if name in self.slots:
                return rng.choice(self.slots[name])
            word = rng.choice(self.slots[name.removesuffix("_cap")])
            return word[:1].upper() + word[1:]

        filled = _SLOT.sub(filler, pattern).strip()
        return filled[:1].upper() + filled[1:]

    def post(self, rng: Random) -> str:
        """One to four sentences; most posts are short."""
        count = rng.choices((1, 2, 3, 4), weights=(50, 32, 13, 5))[0]
        return self.joiner.join(self.fill(rng.choice(self.sentences), rng) for _ in range(count))[:295]

    def reply(self, rng: Random) -> str:
        """An answer; one in five is a short formula that many people use."""
        if rng.random() < 0.2:
            return rng.choice(self.short)
        answer = self.fill(rng.choice(self.replies), rng)
        if rng.random() < 0.3:
            answer = self.joiner.join((answer, self.fill(rng.choice(self.sentences), rng)))
        return answer[:295]

    def bio(self, rng: Random) -> str:
        return self.fill(rng.choice(self.bios), rng)

    def alt(self, rng: Random) -> str:
        return self.fill(rng.choice(self.alts), rng)

    def script(self, name: str, rng: Random, **given: str) -> str:
        """One text of an abuser's script."""
        return self.fill(rng.choice(self.scripts[name]), rng, **given)

    def person(self, rng: Random) -> str:
        """A display name."""
        return f"{rng.choice(self.given)} {rng.choice(self.family)}"


@cache
def load_pool(name: str) -> Pool:
    """Read the pool of a language, or the abusers' one."""
    text = resources.files(__package__).joinpath(f"pools/{name}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Pool)
