"""Turn `frames:PATH`, `jsonl:PATH` and `car:PATH` into the source that reads the file."""

from pathlib import Path
from typing import Protocol

from skywarden.ingest.contract import Source
from skywarden.ingest.decode.choose import firehose_decoder
from skywarden.ingest.decode.chunk import DecodeCounts
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


def open_file(name: str, *, verifier: CommitVerifier, clock: Clock, kernels: bool = False) -> FileSource:
    """Open a file by what it holds; `name` is also the name of the source.

    `kernels` decodes recordings in compiled code, which pays from some 100,000 frames on.
    Raises: Rejected, for an unknown kind, a file that is not there, and kernels where signatures are to be verified.
    """
    kind, _, text = name.partition(":")
    path = Path(text)
    if kind == "frames":
        decoder = firehose_decoder(name, verifier=verifier, clock=clock, kernels=kernels)
        return FramesFile(path, decoder, name=name, clock=clock)
    if kind == "jsonl":
        return JsonlFile(path, JetstreamDecoder(name, clock=clock), name=name)
    if kind == "car":
        return CarFileSource(path, name=name, verifier=verifier, clock=clock)
    raise Rejected("source-kind", place=name, expected=", ".join(f"{kind}:PATH" for kind in FILE_KINDS))
