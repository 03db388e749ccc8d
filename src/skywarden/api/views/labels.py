"""Labels for answers: ours, those of labelers that the caller asked for, and those that authors give themselves."""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from skywarden.api.accept_labelers import CONTENT_LABELERS, AcceptedLabeler, write_labelers
from skywarden.api.directory import RecordInfo
from skywarden.api.directory.within import LOOK_UP_S
from skywarden.api.upstream import Upstream, UpstreamFailure
from skywarden.api.views.json import Json
from skywarden.kernel.ids import Did
from skywarden.labels import LabelService
from skywarden.labels.query import LabelQuery
from skywarden.labels.sign import label_fields

MAX_LABELS = 1_000
MAX_LABELERS = 20
_QUERY_LABELS = "com.atproto.label.queryLabels"


def other_labelers(accepted: Iterable[AcceptedLabeler] | None, own: Did) -> tuple[AcceptedLabeler, ...]:
    """The labelers besides us that a caller asks for; few, as each page asks for all of them."""
    return tuple(one for one in accepted or () if one.did != own)[:MAX_LABELERS]


def content_labelers(others: Iterable[AcceptedLabeler], own: Did) -> dict[str, str]:
    """The header that says whose labels are in an answer."""
    return {CONTENT_LABELERS: write_labelers([AcceptedLabeler(own), *others])}


class _Label(msgspec.Struct, frozen=True):
    src: str
    uri: str
    val: str
    cts: str


class _Labels(msgspec.Struct, frozen=True):
    labels: list[msgspec.Raw] = []


def own_labels(labels: LabelService, uris: Collection[str]) -> dict[str, list[Json]]:
    """Our labels that hold on these subjects, without their signatures, which pages have no use for. Blocks."""
    found: dict[str, list[Json]] = {}
    if uris:
        for numbered in labels.query(LabelQuery(tuple(uris), limit=MAX_LABELS)).labels:
            found.setdefault(numbered.label.uri, []).append(label_fields(numbered.label))
    return found


async def other_labels(
    appview: Upstream, uris: Collection[str], labelers: Sequence[AcceptedLabeler]
) -> dict[str, list[msgspec.Raw]]:
    """Labels of others on these subjects, as the AppView has them; none where it does not answer."""
    if not uris or not labelers or not appview.can_be_asked:
        return {}
    sources = [labeler.did for labeler in labelers]
    query = [("uriPatterns", uri) for uri in uris] + [("sources", did) for did in sources] + [("limit", "250")]
    try:
        labels = (await appview.get(_QUERY_LABELS, query, total_s=LOOK_UP_S)).read(_Labels).labels
    except UpstreamFailure:
        return {}
    found: dict[str, list[msgspec.Raw]] = {}
    for entry in labels:
        try:
            label = msgspec.json.decode(entry, type=_Label)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if label.uri in uris and label.src in sources:
            found.setdefault(label.uri, []).append(entry)
    return found


def self_labels(record: RecordInfo, author: Did) -> list[Json]:
    """What an author calls the record, in the form of labels; nobody has signed these."""
    common = {"src": author, "uri": record.uri, "cid": record.cid, "cts": record.indexed_at}
    return [{**common, "val": val} for val in record.self_labels]
