"""Run what blocks in threads, and hand the results back to the event loop in few wake-ups.

Why not the loop's executor: a request spends more time in its two futures and their locks than in a small query.
Crash: work that was handed in and not begun is lost with the process; nobody was answered. Two writers: any thread of
one event loop's; several functions run at once.
"""

import asyncio
import threading
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, TypeVar, cast

_T = TypeVar("_T")

AT_ONCE = 16


@dataclass(slots=True, eq=False)
class _Letterbox:
    """Results on their way to one event loop; one wake-up delivers all that have come meanwhile."""

    loop: asyncio.AbstractEventLoop
    letters: "deque[tuple[asyncio.Future[Any], Any, BaseException | None]]" = field(default_factory=deque)
    is_ringing: bool = False

    def put(self, future: "asyncio.Future[Any]", value: Any, error: BaseException | None) -> None:
        self.letters.append((future, value, error))
        if not self.is_ringing:  # set before the loop empties the box, so that no letter stays behind
            self.is_ringing = True
            with suppress(RuntimeError):  # the loop has closed: nobody waits any more
                self.loop.call_soon_threadsafe(self.deliver)

    def deliver(self) -> None:
        self.is_ringing = False
        while self.letters:
            future, value, error = self.letters.popleft()
            if future.done():  # who waited has gone
                continue
            if error is None:
                future.set_result(value)
            else:
                future.set_exception(error)


_Job = tuple[_Letterbox, "asyncio.Future[Any]", Callable[..., Any], tuple[Any, ...]]


class Workers:
    """Threads of one event loop, started as they are needed; they end with this object."""

    def __init__(self, at_once: int = AT_ONCE, name: str = "api") -> None:
        self._at_once = at_once
        self._name = name
        self._started = 0
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._box: _Letterbox | None = None
        weakref.finalize(self, self._jobs.put, None)

    async def run(self, function: Callable[..., _T], *arguments: object) -> _T:
        """Call the function in a thread and wait for it; a wait that is cancelled does not stop the function."""
        loop = asyncio.get_running_loop()
        if self._box is None or self._box.loop is not loop:
            self._box = _Letterbox(loop)
        if self._started < self._at_once and (self._started == 0 or not self._jobs.empty()):
            self._started += 1
            threading.Thread(
                target=_work, args=(self._jobs,), name=f"{self._name}-{self._started}", daemon=True
            ).start()
        future: asyncio.Future[Any] = loop.create_future()
        self._jobs.put((self._box, future, function, arguments))
        return cast(_T, await future)


def _work(jobs: "SimpleQueue[_Job | None]") -> None:
    while True:
        job = jobs.get()
        if job is None:
            jobs.put(None)  # for the next thread
            return
        box, future, function, arguments = job
        try:
            value = function(*arguments)
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it, whatever it is
            box.put(future, None, error)
        else:
            box.put(future, value, None)
        del job, box, future, function, arguments  # nothing of a request outlives it while the thread waits
