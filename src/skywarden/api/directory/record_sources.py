"""Ask for records where they may be: the AppView, our own log and, where nobody shows them, the author's own server."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from skywarden.api.directory.home_servers import HomeServers
from skywarden.api.directory.own import OwnRecords
from skywarden.api.directory.record_info import RecordInfo, record_info
from skywarden.api.directory.within import LOOK_UP_S, within
from skywarden.api.upstream import Upstream, UpstreamAnswer, UpstreamFailure, Upstreams
from skywarden.atproto.syntax.at_uri import AtUriParts, parse_at_uri
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did

RECORDS_AT_ONCE = 50
_GET_RECORD = "com.atproto.repo.getRecord"
_SAYS_NO = (400, 404)


class _Record(msgspec.Struct, frozen=True):
    uri: str
    value: msgspec.Raw
    cid: str = ""


@dataclass(frozen=True, slots=True)
class RecordSources:
    """The AppView's word counts before ours. An author's server, which is a stranger's, is asked only where no AppView
    can be and we have kept nothing."""

    upstreams: Upstreams
    own: OwnRecords
    home: HomeServers
    clock: Clock

    async def ask(self, uris: Sequence[str]) -> dict[str, RecordInfo]:
        """The records that somebody shows or that we have kept."""
        wanted = {uri: parts for uri in uris if (parts := _record_parts(uri)) is not None}
        if not wanted:
            return {}
        kept = asyncio.create_task(asyncio.to_thread(self.own.records, list(wanted)))
        turns, found = asyncio.Semaphore(RECORDS_AT_ONCE), dict[str, RecordInfo]()

        async def look(uri: str, parts: AtUriParts) -> None:
            async with turns:
                record = await self._one(uri, parts, kept)
            if record is not None:
                found[uri] = record

        await within(LOOK_UP_S, [look(uri, parts) for uri, parts in wanted.items()])
        return {**await kept, **found}

    async def version(self, uri: str, cid: str) -> RecordInfo | None:
        """One version of a record, where the AppView still has it."""
        parts, appview = _record_parts(uri), self.upstreams.appview
        if parts is None or appview.address.missing:
            return None
        try:
            answer = await appview.get(_GET_RECORD, [*_query(parts), ("cid", cid)], total_s=LOOK_UP_S)
            record = self._read(uri, answer)
        except (UpstreamFailure, Rejected):
            return None
        return record if record is not None and record.cid == cid else None

    async def _one(
        self, uri: str, parts: AtUriParts, kept: asyncio.Task[Mapping[str, RecordInfo]]
    ) -> RecordInfo | None:
        if self.upstreams.appview.can_be_asked:
            try:
                return self._read(uri, await self._ask(self.upstreams.appview, parts))
            except (UpstreamFailure, Rejected):
                pass  # no answer of the AppView: who else has it?
        if uri in await asyncio.shield(kept):
            return None
        return self._read(uri, await self.home.ask(Did(parts.authority), _GET_RECORD, _query(parts)))

    async def _ask(self, upstream: Upstream, parts: AtUriParts) -> UpstreamAnswer:
        return await upstream.get(_GET_RECORD, _query(parts), total_s=LOOK_UP_S)

    def _read(self, uri: str, answer: UpstreamAnswer) -> RecordInfo | None:
        if answer.status in _SAYS_NO:
            return None
        record = answer.read(_Record)
        if record.uri != uri:
            raise Rejected("record-form", place=answer.name, expected=uri[:200], found=record.uri[:200])
        return record_info(uri, record.cid, record.value, datetime_text(self.clock.now_us()))


def _record_parts(uri: str) -> AtUriParts | None:
    try:
        parts = parse_at_uri(uri)
    except Rejected:
        return None
    return parts if parts.rkey is not None and parts.authority.startswith("did:") else None


def _query(parts: AtUriParts) -> list[tuple[str, str]]:
    return [("repo", parts.authority), ("collection", str(parts.collection)), ("rkey", str(parts.rkey))]
