"""Collect the rows, the quarantine and the counts of the messages that one decoder works through."""

from dataclasses import dataclass
from typing import Protocol

from skywarden.ingest.contract import CommitGate, Decoder, OpenGate, RepoStep, SourceChunk, Verdict
from skywarden.ingest.rows import RowBuilder
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.log.contract import QuarantineEntry


@dataclass(slots=True)
class DecodeCounts:
    """What became of a decoder's messages so far.

    `verified` are commits whose signature and proof were checked; `ignored` are messages of a kind that this version
    does not know, advisory ones, and those that the gate told to drop.
    """

    messages: int = 0
    events: int = 0
    verified: int = 0
    ignored: int = 0
    quarantined: int = 0


class CountingDecoder(Decoder, Protocol):
    """A decoder that says what became of its messages."""

    @property
    def counts(self) -> DecodeCounts: ...


class ChunkBuilder:
    """The chunk under construction; `take` gives it and begins the next."""

    def __init__(self, source: str, *, clock: Clock, gate: CommitGate | None = None) -> None:
        self.rows = RowBuilder(source)
        self.counts = DecodeCounts()
        self._gate = gate or OpenGate()
        self.gated = not isinstance(self._gate, OpenGate)
        self._source = source
        self._clock = clock
        self._quarantine: list[QuarantineEntry] = []

    def admits(self, step: RepoStep) -> bool:
        """Ask the gate. Raises: Rejected, when the gate refuses the message."""
        answer = self._gate.admit(step)
        if answer.verdict is Verdict.REJECT:
            raise Rejected(answer.reason, place=step.did, found=answer.detail)
        if answer.verdict is Verdict.IGNORE:
            self.counts.ignored += 1
        return answer.verdict is Verdict.PASS

    def reject(self, data: bytes, position: str, error: Rejected) -> None:
        """Keep a message that could not become rows, or one operation of it that could not."""
        self.counts.quarantined += 1
        self._quarantine.append(
            QuarantineEntry(self._source, position, error.reason, str(error), data, self._clock.now_us())
        )

    def take(self, cursor: str | None) -> SourceChunk:
        """Give what was collected; `cursor` is where the source goes on."""
        self.counts.events += len(self.rows)
        chunk = SourceChunk(self.rows.finish(), cursor, tuple(self._quarantine))
        self._quarantine = []
        return chunk
