"""Hold the jobs that a process can run, and what must be closed when they have ended."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from skywarden.api.workers import Workers
from skywarden.kernel.errors import Rejected
from skywarden.moderation.jobs import Job, Ran, Step, Turn


@dataclass(frozen=True, slots=True)
class JobSet:
    """Jobs in the order in which people see them."""

    jobs: tuple[Job, ...]
    closers: Sequence[Callable[[], Awaitable[None]]] = ()

    def job(self, name: str) -> Job:
        """Raises: Rejected, naming the jobs that there are."""
        for job in self.jobs:
            if job.name == name:
                return job
        known = ", ".join(job.name for job in self.jobs)
        raise Rejected("no such job", place=name, expected=f"one of {known}")

    async def aclose(self) -> None:
        """Close the connections of all jobs; their steps must have ended."""
        for close in self.closers:
            await close()


def threaded(work: Callable[[Turn], Ran]) -> Step:
    """Make a step of a function that blocks, such as one that only uses the database.

    Its thread does not keep the process from ending: a step is cut off then as by a crash, which is safe.
    """
    worker = Workers(at_once=1, name="job")

    async def step(turn: Turn) -> Ran:
        return await worker.run(work, turn)

    return step
