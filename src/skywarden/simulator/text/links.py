"""Turn a random source into link targets: an ordinary person's reading, or a spammer's rotating domains."""

import tomllib
from functools import cache
from importlib import resources
from random import Random

import msgspec

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


class _Domains(msgspec.Struct, frozen=True):
    ordinary: tuple[str, ...]
    paths: tuple[str, ...]
    promo: tuple[str, ...]
    nouns: tuple[str, ...]
    own: tuple[str, ...]


@cache
def _domains() -> _Domains:
    text = resources.files(__package__).joinpath("pools/domains.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Domains)


def _slug(rng: Random, length: int) -> str:
    return "".join(rng.choices(_LETTERS, k=length))


def ordinary_link(rng: Random) -> str:
    """A page that somebody might read; a few sites take most of the links."""
    sites = _domains().ordinary
    site = sites[min(int(rng.paretovariate(0.9)) - 1, len(sites) - 1)]
    return page_of(site, rng)


def small_site(rng: Random) -> str:
    """The site of somebody's own, or of a small paper."""
    pool = _domains()
    return f"{rng.choice(pool.own)}-{rng.choice(pool.nouns)}{rng.randrange(10, 999)}.example"


def page_of(site: str, rng: Random) -> str:
    """A page of a site."""
    return f"https://{site}/{rng.choice(_domains().paths)}/{_slug(rng, rng.randrange(5, 12))}"


def spam_domain(rng: Random) -> str:
    """A fresh registrable domain."""
    pool = _domains()
    return f"{rng.choice(pool.promo)}-{rng.choice(pool.nouns)}{rng.randrange(10, 999)}.example"


def spam_link(domain: str, rng: Random) -> str:
    """A page under `domain`, often with a short subdomain and a tracking parameter."""
    host = domain if rng.random() < 0.6 else f"{_slug(rng, 3)}.{domain}"
    return f"https://{host}/{_slug(rng, 6)}" + ("" if rng.random() < 0.5 else f"?ref={_slug(rng, 4)}")
