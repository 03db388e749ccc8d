"""Turn a source's URL or path into the source that reads it.

    wss://HOST, ws://HOST                      com.atproto.sync.subscribeRepos of a relay or PDS
    jetstream+wss://HOST[?wantedCollections=app.bsky.*&wantedDids=did:plc:x&compress=true]
    jetstream2+wss://HOST[?...]
    frames:PATH, jsonl:PATH, car:PATH          files

`#TEXT` behind a URL makes it another source with a cursor of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, parse_qs, urlsplit

from skywarden.ingest.contract import RepoState, Source
from skywarden.ingest.decode.choose import firehose_decoder
from skywarden.ingest.decode.jetstream import JetstreamDecoder
from skywarden.ingest.resync import ResyncConfig, Resyncer
from skywarden.ingest.sources.files import is_file, open_file
from skywarden.ingest.sources.jetstream_v1 import JetstreamV1Source, JetstreamV1Wire
from skywarden.ingest.sources.jetstream_v2 import JetstreamV2Wire
from skywarden.ingest.sources.live import LiveSource
from skywarden.ingest.sources.subscribe_repos import SubscribeReposWire
from skywarden.ingest.sources.wire import StreamFilter
from skywarden.ingest.sync_state import RepoGate
from skywarden.ingest.verify import CommitVerifier
from skywarden.kernel.clock import Clock, SystemClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.observe.metrics import Metrics

FORMS = "wss://HOST, jetstream+wss://HOST, jetstream2+wss://HOST, frames:PATH, jsonl:PATH or car:PATH"
_JETSTREAMS = {"jetstream": 1, "jetstream2": 2}
_OPTIONS = ("wantedCollections", "wantedDids", "compress")
_MAX_COLLECTIONS = 100
_MAX_DIDS = 10_000


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What a source is built with.

    `name` replaces the URL as the source's name: for a server whose address changes while its stream goes on.
    `load_state` and `on_identity` serve the gate; `resync` says where to fetch what an account's broken
    chain left out; without it such commits are taken as they are.
    """

    verifier: CommitVerifier
    metrics: Metrics
    clock: Clock = field(default_factory=SystemClock)
    name: str = ""
    start: Literal["oldest", "live"] = "live"
    dictionary: Path | None = None
    load_state: Callable[[Did], RepoState | None] = lambda did: None
    on_identity: Callable[[Did], None] = lambda did: None
    resync: ResyncConfig | None = None
    kernels: bool = False
    """Decode frames in compiled code; see `decode.choose`."""


def open_source(url: str, options: SourceOptions) -> Source:
    """Open a source by its URL or path. Raises: Rejected, for what names no source."""
    if is_file(url):
        return open_file(url, verifier=options.verifier, clock=options.clock, kernels=options.kernels)
    prefix, _, rest = url.rpartition("+")
    parts = urlsplit(rest)
    if parts.scheme not in ("ws", "wss") or not parts.hostname or (prefix and prefix not in _JETSTREAMS):
        raise Rejected("source-url", place=url, expected=FORMS, found=repr(url))
    name = options.name or _name(prefix, parts)
    origin = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
    if prefix:
        return _open_jetstream(_JETSTREAMS[prefix], name, origin, parts, options)
    return _open_relay(name, origin, options)


def _open_relay(name: str, origin: str, options: SourceOptions) -> Source:
    resyncer = None
    if options.resync is not None:
        resyncer = Resyncer(name, options.resync, options.clock)
    gate = RepoGate(
        name,
        clock=options.clock,
        metrics=options.metrics,
        load=options.load_state,
        on_identity=options.on_identity,
        resync=resyncer,
    )
    decoder = firehose_decoder(name, verifier=options.verifier, gate=gate, clock=options.clock, kernels=options.kernels)
    wire = SubscribeReposWire(name, origin, clock=options.clock, metrics=options.metrics, start_at=options.start)
    return LiveSource(wire, decoder, clock=options.clock, metrics=options.metrics, gate=gate, resyncer=resyncer)


def _open_jetstream(version: int, name: str, origin: str, parts: SplitResult, options: SourceOptions) -> Source:
    query = parse_qs(parts.query, keep_blank_values=True)
    unknown = sorted(set(query) - set(_OPTIONS))
    if unknown:
        raise Rejected("source-option", place=name, expected=" or ".join(_OPTIONS), found=", ".join(unknown))
    wanted = StreamFilter(tuple(query.get("wantedCollections", ())), tuple(query.get("wantedDids", ())))
    if len(wanted.collections) > _MAX_COLLECTIONS or len(wanted.dids) > _MAX_DIDS:
        raise Rejected(
            "source-option", place=name, expected=f"at most {_MAX_COLLECTIONS} collections, {_MAX_DIDS} DIDs"
        )
    gate = RepoGate(
        name,
        clock=options.clock,
        metrics=options.metrics,
        load=options.load_state,
        on_identity=options.on_identity,
        chained=False,
    )
    kind = JetstreamV1Wire if version == 1 else JetstreamV2Wire
    wire = kind(
        name,
        origin,
        clock=options.clock,
        metrics=options.metrics,
        wanted=wanted,
        dictionary=_dictionary(options.dictionary),
        compress=query.get("compress", ["false"])[-1] == "true",
        start_at=options.start,
    )
    decoder = JetstreamDecoder(name, gate=gate, clock=options.clock)
    source = JetstreamV1Source if version == 1 else LiveSource
    return source(wire, decoder, clock=options.clock, metrics=options.metrics, gate=gate)


def _dictionary(path: Path | None) -> bytes | None:
    try:
        return None if path is None else path.read_bytes()
    except OSError as error:
        raise Rejected("source-dictionary", place=str(path), expected="a readable file", found=str(error)) from error


def _name(prefix: str, parts: SplitResult) -> str:
    """The URL without its query: asking for other collections does not lose the cursor."""
    scheme = f"{prefix}+{parts.scheme}" if prefix else parts.scheme
    return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}" + (f"#{parts.fragment}" if parts.fragment else "")
