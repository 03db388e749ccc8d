"""Turn each account's messages into pass, ignore or reject, by what is known of its repository (PROTOCOL.md 42, 47-56).

Retry: a message asked about twice is ignored the second time (its rev is not newer). Crash: state that `seal` gave is
stored only with or after its rows, so a restart never ignores a commit that is not in the log. Two writers: one gate
belongs to one source and one thread at a time.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from msgspec.structs import replace

from skywarden.ingest.contract import ADMITTED, MAX_CHUNK_MESSAGES, Admission, RepoState, RepoStep, Verdict
from skywarden.kernel.clock import SECOND_US, Clock
from skywarden.kernel.ids import Did
from skywarden.model.event import Kind
from skywarden.observe import catalog
from skywarden.observe.metrics import Metrics

MAX_REV_AHEAD_US = 5 * 60 * SECOND_US
"""A rev may run ahead of the clocks by so much (PROTOCOL.md 47)."""

MIN_CACHED = 4 * MAX_CHUNK_MESSAGES
"""An account's state may leave memory only after its chunk is stored; at most three chunks are under way."""

_TID_FIRST = frozenset("234567abcdefghij")
_TID_REST = frozenset("234567abcdefghijklmnopqrstuvwxyz")
_TID_VALUE = {letter: value for value, letter in enumerate("234567abcdefghijklmnopqrstuvwxyz")}


@dataclass(frozen=True, slots=True)
class Held:
    """A message that waits for its account's resync."""

    data: bytes
    position: str


class ResyncQueue(Protocol):
    """Where an account that lost the thread is brought up to date."""

    def request(self, did: Did, since: str, until: str) -> bool:
        """Ask for what happened after rev `since` and before rev `until`; False: too many wait already."""
        ...


@dataclass(slots=True)
class _Waiting:
    """Messages of one account under resync; bounded, what does not fit is dropped and found by the next resync."""

    held: list[Held] = field(default_factory=list)
    held_bytes: int = 0


class RepoGate:
    """The commit gate of one source.

    `chained=False` is for Jetstream: one message an operation, without `since`, so several share a rev.
    `load` reads stored state; `on_identity` is told of each #identity, so that caches are purged (PROTOCOL.md 56).
    """

    MAX_HELD = 256
    MAX_HELD_BYTES = 16 * 1024 * 1024

    def __init__(
        self,
        source: str,
        *,
        clock: Clock,
        metrics: Metrics,
        load: Callable[[Did], RepoState | None] = lambda did: None,
        on_identity: Callable[[Did], None] = lambda did: None,
        resync: ResyncQueue | None = None,
        chained: bool = True,
        cached: int = 2 * MIN_CACHED,
    ) -> None:
        self._source = source
        self._clock = clock
        self._metrics = metrics
        self._load = load
        self._on_identity = on_identity
        self._resync = resync
        self._chained = chained
        self._cached = max(cached, MIN_CACHED)
        self._states: OrderedDict[Did, RepoState] = OrderedDict()
        self._changed: dict[Did, RepoState] = {}
        self._waiting: dict[Did, _Waiting] = {}
        self._newest_rev = ""

    def admit(self, step: RepoStep) -> Admission:
        """Judge one message; a pass moves the account's state."""
        if step.kind is Kind.IDENTITY:
            self._on_identity(step.did)
            return ADMITTED
        if step.kind is Kind.ACCOUNT:
            return self._account(step)
        answer = self._repo(step, self.state(step.did))
        if answer.verdict is Verdict.IGNORE:
            self._metrics.add(catalog.INGEST_IGNORED, source=self._source, reason=answer.reason)
        return answer

    def state(self, did: Did) -> RepoState:
        """What is known of an account now; an unknown one counts as active."""
        found = self._states.get(did)
        if found is None:
            found = self._load(did) or RepoState(did)
            self._states[did] = found
            if len(self._states) > self._cached:
                self._states.popitem(last=False)
        else:
            self._states.move_to_end(did)
        return found

    def seal(self) -> tuple[RepoState, ...]:
        """States changed since the last call; the caller stores them with or after the rows they came with."""
        changed = tuple(self._changed.values())
        self._changed.clear()
        return changed

    def resynced(self, did: Did) -> list[Held]:
        """The hole in an account's history is filled: give back the messages that waited, to be judged again.

        The first of them passes whatever it follows on, the others must follow on it.
        """
        self._set(replace(self.state(did), data=None, rev=None))
        return self._release(did)

    def resync_failed(self, did: Did) -> list[Held]:
        """The hole stays: count it, and go on as after a resync."""
        self._metrics.add(catalog.INGEST_DESYNCHRONIZED, source=self._source, outcome="resync-failed")
        return self.resynced(did)

    def _release(self, did: Did) -> list[Held]:
        waiting = self._waiting.pop(did, None)
        self._metrics.set(catalog.INGEST_RESYNCING, len(self._waiting), source=self._source)
        return [] if waiting is None else waiting.held

    def _account(self, step: RepoStep) -> Admission:
        # `active` alone governs; a status that nobody knows yet is kept as it is (PROTOCOL.md 53).
        active = True if step.active is None else step.active
        state = self.state(step.did)
        if (state.active, state.status) != (active, step.status):
            self._set(replace(state, active=active, status=step.status))
        return ADMITTED

    def _repo(self, step: RepoStep, state: RepoState) -> Admission:
        if not state.active:
            return Admission(Verdict.IGNORE, "account-inactive", f"{step.did}: {state.status or 'inactive'}")
        if step.did in self._waiting:
            self._hold(step)
            return Admission(Verdict.IGNORE, "resyncing", step.did)
        wrong = self._check_rev(step, state)
        if wrong is not None:
            return wrong
        if self._chained and _breaks_chain(step, state) and self._ask_resync(step, state):
            return Admission(Verdict.IGNORE, "desynchronized", step.did)
        self._set(replace(state, rev=step.rev, data=step.data))
        return ADMITTED

    def _check_rev(self, step: RepoStep, state: RepoState) -> Admission | None:
        if step.rev is None or not _is_tid(step.rev):
            return Admission(Verdict.REJECT, "rev-invalid", f"{step.did}: rev {step.rev!r} is not a TID")
        if self._is_ahead(step.rev, step.time_us):
            return Admission(
                Verdict.REJECT, "rev-in-future", f"{step.did}: rev {step.rev} is minutes ahead of the clock"
            )
        if state.rev is None or step.rev > state.rev:
            return None
        if step.rev == state.rev and (not self._chained or step.kind is Kind.SYNC):
            return None
        return Admission(Verdict.IGNORE, "rev-not-newer", f"{step.did}: rev {step.rev} after {state.rev}")

    def _is_ahead(self, rev: str, time_us: int) -> bool:
        """Is a rev minutes ahead of the clocks? TIDs sort as their times do: one not after a sound one is sound."""
        if rev <= self._newest_rev:
            return False
        if _tid_us(rev) > max(self._clock.now_us(), time_us) + MAX_REV_AHEAD_US:
            return True
        self._newest_rev = rev
        return False

    def _ask_resync(self, step: RepoStep, state: RepoState) -> bool:
        """True when the account now waits for its resync, with this message held."""
        since, until = state.rev, step.rev
        assert since is not None
        assert until is not None
        if self._resync is None or not self._resync.request(step.did, since, until):
            self._metrics.add(catalog.INGEST_DESYNCHRONIZED, source=self._source, outcome="adopted")
            return False
        self._metrics.add(catalog.INGEST_DESYNCHRONIZED, source=self._source, outcome="resync")
        self._waiting[step.did] = _Waiting()
        self._metrics.set(catalog.INGEST_RESYNCING, len(self._waiting), source=self._source)
        self._hold(step)
        return True

    def _hold(self, step: RepoStep) -> None:
        waiting = self._waiting[step.did]
        size = waiting.held_bytes + len(step.raw)
        if len(waiting.held) < self.MAX_HELD and size <= self.MAX_HELD_BYTES:
            waiting.held.append(Held(step.raw, step.position))
            waiting.held_bytes = size

    def _set(self, state: RepoState) -> None:
        self._states[state.did] = state
        self._states.move_to_end(state.did)
        self._changed[state.did] = state


def _breaks_chain(step: RepoStep, state: RepoState) -> bool:
    """Does a message not follow on the account's last commit (PROTOCOL.md 48)?"""
    if state.rev is None:
        return False
    if step.kind is Kind.SYNC:
        if state.data is None or step.data is None:
            return step.rev != state.rev
        return step.data != state.data
    if step.since is not None and step.since != state.rev:
        return True
    return step.prev_data is not None and state.data is not None and step.prev_data != state.data


def _is_tid(text: str) -> bool:
    return len(text) == 13 and text[0] in _TID_FIRST and _TID_REST.issuperset(text)


def _tid_us(tid: str) -> int:
    value = 0
    for letter in tid:
        value = value << 5 | _TID_VALUE[letter]
    return value >> 10
