"""Gather all that views of some accounts and records need, at once: what the network says, statuses, labels."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from skywarden.api.accept_labelers import AcceptedLabeler
from skywarden.api.directory import AccountInfo, RecordInfo
from skywarden.api.method import Call, Role
from skywarden.api.services import Services
from skywarden.api.views.json import Json
from skywarden.api.views.labels import content_labelers, other_labelers, other_labels, own_labels
from skywarden.api.views.statuses import read_statuses, status_view
from skywarden.atproto.syntax.at_uri import parse_at_uri
from skywarden.atproto.syntax.did import is_did
from skywarden.kernel.ids import Did, UtcMicros


@dataclass(frozen=True, slots=True)
class Viewer:
    """For whom an answer is made: may they see what only a PDS knows, and whose labels do they want."""

    services: Services
    now_us: UtcMicros
    sees_private: bool = False
    labelers: tuple[AcceptedLabeler, ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        """Headers of an answer with labels in it."""
        return content_labelers(self.labelers, self.services.did)


@dataclass(frozen=True, slots=True)
class Facts:
    """What views are made of. Statuses are by uri, an account's being its DID; labels likewise."""

    viewer: Viewer
    accounts: Mapping[Did, AccountInfo]
    records: Mapping[str, RecordInfo]
    statuses: Mapping[str, Row[Any]]
    labels: Mapping[str, list[object]]

    def moderation(self, uri: str) -> Json:
        """#moderation and #moderationDetail of a subject."""
        status = self.status(uri)
        return {} if status is None else {"subjectStatus": status}

    def status(self, uri: str) -> Json | None:
        """The #subjectStatusView of a subject; None when moderation never met it."""
        row = self.statuses.get(uri)
        if row is None:
            return None
        account = self.accounts.get(Did(row.did))
        handles = {} if account is None else {account.did: account.handle}
        return status_view(row, self.viewer.now_us, handles)


def viewer_of(call: Call[Any, Any]) -> Viewer:
    """Who makes a call. Raises: Rejected InvalidRequest for a bad atproto-accept-labelers."""
    labelers = other_labelers(call.accept_labelers, call.services.did)
    return Viewer(call.services, call.now_us, call.caller.has(Role.MODERATOR), labelers)


async def gather_facts(viewer: Viewer, dids: Iterable[Did], uris: Iterable[str], *, labels: bool) -> Facts:
    """Ask for everything that views of these accounts and records need. Authors of the records are included."""
    records = list(dict.fromkeys(uris))
    authors = (author for author in map(author_of, records) if is_did(author))
    accounts = list(dict.fromkeys([*dids, *authors]))
    subjects = [*accounts, *records]
    services = viewer.services
    (infos, values), (statuses, own), others = await asyncio.gather(
        services.directory.look_up(accounts, records),
        asyncio.to_thread(_read, services, subjects, labels),
        other_labels(services.upstreams.appview, subjects if labels else (), viewer.labelers),
    )
    found: dict[str, list[object]] = {uri: [*own.get(uri, ()), *others.get(uri, ())] for uri in subjects}
    return Facts(viewer, infos, values, statuses, found)


def author_of(uri: str) -> Did:
    """Whose record this is. Raises: Rejected for what is no at-uri."""
    return Did(parse_at_uri(uri).authority)


def _read(
    services: Services, uris: Collection[str], labels: bool
) -> tuple[Mapping[str, Row[Any]], Mapping[str, list[Json]]]:
    with services.database.read() as tx:
        statuses = read_statuses(tx, uris)
    return statuses, own_labels(services.labels, uris) if labels else {}
