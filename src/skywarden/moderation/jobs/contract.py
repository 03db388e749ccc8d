"""Name what a background job is: a step that is run again and again, by one process at a time.

A step does a bounded piece of work and makes it durable by itself; whatever it was doing when its process died is
found and done by the next run. It raises Retryable when the world is busy; every other error is shown and counted too,
and the job is tried again after a growing pause: no job ever stops by itself.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from skywarden.kernel.ids import UtcMicros


@dataclass(frozen=True, slots=True)
class Turn:
    """What a run is given: the time at its beginning, and what the run before it left (None: nothing yet)."""

    now_us: UtcMicros
    cursor_json: str | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended: how much it did, whether there is more to do at once, what the next run shall know.

    `cursor_json` None leaves what was known as it was.
    """

    done: int = 0
    more: bool = False
    cursor_json: str | None = None


Step = Callable[[Turn], Awaitable[Ran]]


def _nothing_known() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `idle` says why it cannot run here ("" when it can), such as a setting that is missing.

    `due_us` tells cheaply since when something waits for it (None: nothing does), so that a job without work costs no
    write; a job without `due_us` runs every `every_s`. `pending` counts all that waits, due or not. The step of a
    `lasting` job listens for a long time, and is cut off when the process ends.
    """

    name: str
    every_s: float
    does: str
    step: Step
    idle: str = ""
    due_us: Callable[[], int | None] | None = None
    pending: Callable[[], int | None] = _nothing_known
    lasting: bool = False
