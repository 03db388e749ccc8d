"""Ask everybody who may know accounts, all at once, each within seconds; who fails has said nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from skywarden.api.directory.account_info import (
    PROFILE_TYPE,
    AccountInfo,
    AccountView,
    OwnAccount,
    ProfileView,
    Sayings,
    account_info,
)
from skywarden.api.directory.own import OwnAccounts
from skywarden.api.directory.within import LOOK_UP_S, within
from skywarden.api.upstream import Upstream, UpstreamFailure, Upstreams
from skywarden.atproto.identity.resolver import IdentityResolver
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did

PROFILES_AT_ONCE = 25
INFOS_AT_ONCE = 50
DOCUMENTS_AT_ONCE = 25

_ACCOUNT_INFOS = "com.atproto.admin.getAccountInfos"
_PROFILES = "app.bsky.actor.getProfiles"
_NOT_SERVED = (404, 501)
_V = TypeVar("_V")


class _Infos(msgspec.Struct, frozen=True):
    infos: list[msgspec.Raw]


class _Profiles(msgspec.Struct, frozen=True):
    profiles: list[msgspec.Raw]


@dataclass(frozen=True, slots=True)
class _Heard:
    """What one source said; `sure` when it was asked and answered, or need not be asked."""

    views: Mapping[Did, AccountView]
    profiles: Mapping[Did, tuple[ProfileView, msgspec.Raw]]
    sure: bool = True


_NOTHING = _Heard({}, {})
_SILENCE = _Heard({}, {}, sure=False)


@dataclass(frozen=True, slots=True)
class AccountSources:
    """PDS, AppView, our own table and, for who is in none of them, the DID document."""

    upstreams: Upstreams
    own: OwnAccounts
    resolver: IdentityResolver
    clock: Clock

    async def ask(self, dids: Sequence[Did]) -> tuple[dict[Did, AccountInfo], bool]:
        """What is known of accounts, and whether everybody answered who should have."""
        appview, pds, profiles, own = await asyncio.gather(
            self._infos(self.upstreams.appview, dids),
            self._infos(self.upstreams.pds, dids),
            self._profiles(dids),
            self.seen(dids),
        )
        said = {
            did: Sayings(appview.views.get(did), pds.views.get(did), profiles.profiles.get(did), own.get(did))
            for did in dids
        }
        documents, sure = await self._documents([did for did, sayings in said.items() if sayings.is_empty])
        said |= documents
        now_us = self.clock.now_us()
        infos = {did: account_info(did, sayings, now_us) for did, sayings in said.items() if not sayings.is_empty}
        return infos, appview.sure and pds.sure and profiles.sure and sure

    async def _infos(self, upstream: Upstream, dids: Sequence[Did]) -> _Heard:
        """Administrative views; strangers are refused them, so nobody is asked without a token or a password."""
        if upstream.address.missing or not (upstream.address.did or upstream.address.admin_password):
            return _NOTHING
        parts = await asyncio.gather(*(self._infos_part(upstream, part) for part in _parts(dids, INFOS_AT_ONCE)))
        return _joined(parts)

    async def _infos_part(self, upstream: Upstream, dids: Sequence[Did]) -> _Heard:
        try:
            answer = await upstream.get(_ACCOUNT_INFOS, [("dids", did) for did in dids], total_s=LOOK_UP_S)
            if answer.status in _NOT_SERVED:
                return _NOTHING
            entries = answer.read(_Infos).infos
        except UpstreamFailure:
            return _SILENCE
        asked = frozenset(dids)
        views = [view for entry in entries if (view := _readable(entry, AccountView)) is not None]
        return _Heard({view.did: view for view in views if view.did in asked}, {})

    async def _profiles(self, dids: Sequence[Did]) -> _Heard:
        if self.upstreams.appview.address.missing:
            return _NOTHING
        return _joined(await asyncio.gather(*(self._profiles_part(part) for part in _parts(dids, PROFILES_AT_ONCE))))

    async def _profiles_part(self, dids: Sequence[Did]) -> _Heard:
        try:
            answer = await self.upstreams.appview.get(_PROFILES, [("actors", did) for did in dids], total_s=LOOK_UP_S)
            entries = answer.read(_Profiles).profiles
        except UpstreamFailure:
            return _SILENCE
        asked = frozenset(dids)
        found = [(view, entry) for entry in entries if (view := _readable(entry, ProfileView)) is not None]
        return _Heard({}, {view.did: (view, _typed(entry)) for view, entry in found if view.did in asked})

    async def seen(self, dids: Sequence[Did]) -> Mapping[Did, OwnAccount]:
        """What our own table has of these accounts."""
        return await asyncio.to_thread(self.own.accounts, dids)

    async def _documents(self, dids: Sequence[Did]) -> tuple[dict[Did, Sayings], bool]:
        """Who is nowhere else may still have a DID document; its handle is a claim, shown for want of better."""
        found: dict[Did, Sayings] = {}
        refused: set[Did] = set()

        async def look(did: Did) -> None:
            try:
                document = await self.resolver.resolve(did)
            except Rejected:
                refused.add(did)
            else:
                found[did] = Sayings(document_handle=document.handle or "")

        await within(LOOK_UP_S, [look(did) for did in dids[:DOCUMENTS_AT_ONCE]])
        return found, len(found) + len(refused) == len(dids)


def _parts(values: Sequence[_V], size: int) -> list[Sequence[_V]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def _joined(parts: Sequence[_Heard]) -> _Heard:
    views = {did: view for part in parts for did, view in part.views.items()}
    profiles = {did: profile for part in parts for did, profile in part.profiles.items()}
    return _Heard(views, profiles, all(part.sure for part in parts))


def _readable(entry: msgspec.Raw, kind: type[_V]) -> _V | None:
    """Read one entry; one odd entry does not hide the others."""
    try:
        return msgspec.json.decode(entry, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _typed(profile: msgspec.Raw) -> msgspec.Raw:
    """Name the profile's type, which a place that takes any type needs."""
    fields = msgspec.json.decode(profile, type=dict[str, msgspec.Raw])
    return msgspec.Raw(msgspec.json.encode({"$type": PROFILE_TYPE, **fields}))
