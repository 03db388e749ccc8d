"""Turn `frames:PATH`, `jsonl:PATH` and `car:PATH` into the source that reads the file."""

from pathlib import Path
from typing import Protocol

from skywarden.ingest.contract import Source
from skywarden.ingest.decode.chunk import DecodeCounts
from skywarden.ingest.decode.firehose import FirehoseDecoder
from skywarden.ingest.decode.jetstream import JetstreamDecoder
from skywarden.ingest.sources.car_file import CarFileSource
from skywarden.ingest.sources.frames_file import FramesFile
from skywarden.ingest.sources.jsonl_file import JsonlFile
from skywarden.ingest.verify import CommitVerifier
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected

FILE_KINDS = ("frames", "jsonl", "car")


class FileSource(Source, Protocol):
    """A source that ends: it also says how far it is."""

    size_bytes: int

    @property
    def bytes_read(self) -> int: ...

    @property
    def counts(self) -> DecodeCounts: ...


def is_file(name: str) -> bool:
    """Whether this names a file source."""
    return name.partition(":")[0] in FILE_KINDS


def open_file(name: str, *, verifier: CommitVerifier, clock: Clock) -> FileSource:
    """Open a file by what it holds; `name` is also the name of the source.

    Raises: Rejected, for an unknown kind and a file that is not there.
    """
    kind, _, text = name.partition(":")
    path = Path(text)
    if kind == "frames":
        decoder = FirehoseDecoder(name, verifier=verifier, clock=clock)
        return FramesFile(path, decoder, name=name, clock=clock)
    if kind == "jsonl":
        return JsonlFile(path, JetstreamDecoder(name, clock=clock), name=name)
    if kind == "car":
        return CarFileSource(path, name=name, verifier=verifier, clock=clock)
    raise Rejected("source-kind", place=name, expected=", ".join(f"{kind}:PATH" for kind in FILE_KINDS))
