"""Let several look-ups try for a while, and go on with those that are done."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from skywarden.kernel.errors import Rejected, Retryable

LOOK_UP_S = 3.0
"""How long a page waits for what the network may know."""


async def within(seconds: float, looks: Sequence[Coroutine[Any, Any, None]]) -> bool:
    """Run all at once; whether every one ended in time. Refusals and busy services are no error here."""
    if not looks:
        return True
    tasks = [asyncio.create_task(look) for look in looks]
    try:
        _, late = await asyncio.wait(tasks, timeout=seconds)
    finally:
        for task in tasks:
            task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception) and not isinstance(outcome, (Rejected, Retryable)):
            raise outcome
    return not late
