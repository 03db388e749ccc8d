"""Turn answers of an AppView and of a PLC directory into what they say about accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode, urlsplit

import msgspec

from skywarden.atproto.identity.plc_log import read_plc_log
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did

PROFILES_AT_ONCE = 25
"""What app.bsky.actor.getProfiles takes in one request."""


class Answer(Protocol):
    """A response, read whole."""

    @property
    def status(self) -> int: ...

    @property
    def body(self) -> bytes: ...


class Fetcher(Protocol):
    """What look-ups need of `skywarden.atproto.identity.fetcher.GuardedFetcher`."""

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer: ...


class Profile(msgspec.Struct, frozen=True, rename="camel"):
    """The fields of app.bsky.actor.defs#profileViewDetailed that we keep."""

    did: Did
    handle: str
    display_name: str = ""
    description: str = ""
    avatar: str | None = None
    followers_count: int | None = None
    follows_count: int | None = None
    posts_count: int | None = None


class _Profiles(msgspec.Struct, frozen=True):
    profiles: list[Profile]


class _Service(msgspec.Struct, frozen=True):
    endpoint: str = ""


class _Operation(msgspec.Struct, frozen=True):
    services: dict[str, _Service] = {}
    service: str | None = None


class _Entry(msgspec.Struct, frozen=True):
    operation: _Operation
    nullified: bool


@dataclass(frozen=True, slots=True)
class Origin:
    """What the directory's signed history says of an account."""

    created_us: int
    pds_host: str | None


async def ask_profiles(fetcher: Fetcher, appview_url: str, dids: Sequence[Did]) -> dict[Did, Profile]:
    """Ask for up to PROFILES_AT_ONCE profiles; accounts that the AppView does not show are missing.

    Raises: Retryable when it is busy or away; Rejected when its answer cannot be used.
    """
    query = urlencode([("actors", did) for did in dids])
    answer = await fetcher.get(f"{appview_url}/xrpc/app.bsky.actor.getProfiles?{query}")
    _check_status(answer, appview_url)
    try:
        found = msgspec.json.decode(answer.body, type=_Profiles).profiles
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected("profiles", place=appview_url, expected="profiles", found=str(error)[:200]) from error
    return {profile.did: profile for profile in found}


async def ask_origin(fetcher: Fetcher, plc_url: str, did: Did) -> Origin | None:
    """Ask when an account was created, by the directory's audit log with all its signatures; None: not registered.

    Raises: as `ask_profiles`.
    """
    answer = await fetcher.get(f"{plc_url}/{did}/log/audit")
    if answer.status in (404, 410):
        return None
    _check_status(answer, plc_url)
    return Origin(read_plc_log(did, answer.body).created_us, _pds_host(answer.body))


def _check_status(answer: Answer, url: str) -> None:
    if answer.status == 429 or answer.status >= 500:
        raise Retryable(f"{url}: HTTP {answer.status}")
    if answer.status != 200:
        raise Rejected("look-up", place=url, expected="HTTP 200", found=f"HTTP {answer.status}: {answer.body[:200]!r}")


def _pds_host(log: bytes) -> str | None:
    """The server that the last standing operation names; the log was checked before."""
    try:
        entries = msgspec.json.decode(log, type=list[_Entry])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    standing = [entry.operation for entry in entries if not entry.nullified]
    if not standing:
        return None
    service = standing[-1].services.get("atproto_pds")
    return urlsplit(service.endpoint if service else standing[-1].service or "").hostname
