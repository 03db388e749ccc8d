"""Turn a host's list of repositories, or a file of DIDs, into pages of accounts to fetch."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from skywarden.atproto.identity.fetcher import Fetched
from skywarden.atproto.syntax.did import parse_did
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did

METHOD = "/xrpc/com.atproto.sync.listRepos"
PAGE = 1_000

Ask = Callable[[str], Awaitable[Fetched]]
"""Fetches a URL politely. Raises: Rejected, Retryable."""


@dataclass(frozen=True, slots=True)
class Target:
    """An account whose repository is wanted; `rev` is what the host says it stands at."""

    did: Did
    rev: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Accounts of one answer; `cursor` is where the list goes on after them, None where nothing need be kept."""

    targets: tuple[Target, ...]
    cursor: str | None = None


class _Repo(msgspec.Struct, frozen=True):
    did: str
    rev: str | None = None
    active: bool = True


class _Answer(msgspec.Struct, frozen=True):
    repos: list[_Repo]
    cursor: str | None = None


async def list_repos(origin: str, ask: Ask, cursor: str | None) -> AsyncIterator[Page]:
    """Read a host's list from a cursor on. Accounts that it says are not active are left to it.

    Raises: Rejected, for an answer that is none; Retryable.
    """
    while True:
        query = urlencode({"limit": PAGE, **({"cursor": cursor} if cursor else {})})
        answer = _read(origin, await ask(f"{origin}{METHOD}?{query}"))
        targets = tuple(Target(_did(repo.did, origin), repo.rev) for repo in answer.repos if repo.active)
        yield Page(targets, answer.cursor)
        if answer.cursor is None or answer.cursor == cursor:
            return
        cursor = answer.cursor


def read_dids(path: Path) -> Page:
    """Read a file with one DID a line; blank lines and what is behind a # do not count. Raises: Rejected."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Rejected("file of DIDs cannot be read", place=str(path), found=str(error)) from error
    named = ((number, line.partition("#")[0].strip()) for number, line in enumerate(lines, 1))
    found = [Target(_did(did, f"{path}:{number}")) for number, did in named if did]
    return Page(tuple(dict.fromkeys(found)))


def _read(origin: str, answer: Fetched) -> _Answer:
    if answer.status != 200:
        raise Rejected(
            "list-refused", place=origin, expected="HTTP 200", found=f"{answer.status} {answer.body[:200]!r}"
        )
    try:
        return msgspec.json.decode(answer.body, type=_Answer)
    except msgspec.MsgspecError as error:
        raise Rejected("list-form", place=origin, expected="repos and a cursor", found=str(error)) from error


def _did(text: str, place: str) -> Did:
    try:
        return parse_did(text)
    except Rejected as error:
        raise Rejected("not a DID", place=place, expected="did:METHOD:NAME", found=repr(text[:80])) from error
