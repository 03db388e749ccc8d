"""Run the job that tells a PDS of takedowns, as a process that a test can kill: DATABASE_URL PDS_URL."""

import asyncio
import sys

from skywarden.app.jobs.job_set import JobSet
from skywarden.app.jobs.loop import JobLoop
from skywarden.app.jobs.push import LIMITS, Pusher, xrpc_sender
from skywarden.app.jobs.runner import JobRunner
from skywarden.atproto.xrpc import XrpcClient
from skywarden.ingest.accounts.breaker import HostBreaker
from skywarden.kernel.clock import SystemClock
from skywarden.kernel.ids import Did
from skywarden.moderation.jobs import Job, JobTable
from skywarden.moderation.pushes import PDS, PushQueue
from skywarden.observe.metrics import Metrics
from skywarden.storage import open_database


async def work(database_url: str, pds_url: str) -> None:
    """Push until nothing waits."""
    database, clock, metrics = open_database(database_url), SystemClock(), Metrics()
    queue, table = PushQueue(database), JobTable(database)
    async with XrpcClient(pds_url, limits=LIMITS) as client:
        send, breaker = xrpc_sender(client, Did("did:plc:labeler")), HostBreaker(PDS, clock, per_s=0)
        pusher = Pusher(PDS, queue, send, breaker, clock, metrics)
        job = Job("push-pds", 0.01, "pushes", pusher.step, due_us=pusher.due_us)
        table.register([job], clock.now_us())
        loop, runner = JobLoop(JobSet((job,)), table, clock, metrics), JobRunner(table, clock, metrics)
        while pusher.due_us() is not None:  # noqa: ASYNC110 - it is the job itself that is paced
            await asyncio.sleep(await loop.turn(runner, job))
    database.close()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
