"""Grant and revoke verifications: first in the verifier's repository, then in our table, each for itself.

What cannot be done for one account is said of that account; the others' records are written all the same.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from skywarden.api.services import Services
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import AtUri, Did
from skywarden.moderation.desk.verifications import Verification, Verified, Verifier

_AT_ONCE = 5
_Asked = TypeVar("_Asked")
_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class Outcomes(Generic[_Asked, _Done]):
    """What was done, and why the rest was not, each in the order asked for."""

    done: list[_Done]
    failed: list[tuple[_Asked, str]]


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why one thing was not done."""

    why: str


def required_verifier(services: Services) -> Verifier:
    """The account that verifies. Raises: Rejected InvalidRequest where there is none."""
    if services.verifier is None:
        raise Rejected("InvalidRequest", place="verifier", expected="a verifier in the settings", found="none")
    return services.verifier


async def grant(services: Services, wanted: Sequence[Verified], by: Did) -> Outcomes[Verified, Verification]:
    """Verify accounts; who is verified already under the same names is not verified again."""
    verifier, desk = required_verifier(services), services.desk.verifications
    subjects = sorted({verified.subject for verified in wanted})
    there = await asyncio.to_thread(desk.valid, verifier.did, subjects)
    names = [(verified.subject, verified.handle, verified.display_name) for verified in wanted]
    numbered = list(range(len(wanted)))

    async def issue(number: int) -> Verification:
        if names[number] in there:
            raise Rejected("already verified", place=there[names[number]])
        if names[number] in names[:number]:
            raise Rejected("named twice", place=wanted[number].subject)
        record = await verifier.issue(wanted[number])
        [kept] = await asyncio.to_thread(desk.add, [record], by)
        return kept

    outcomes = await _each(numbered, issue)
    return Outcomes(outcomes.done, [(wanted[number], why) for number, why in outcomes.failed])


async def revoke(services: Services, uris: Sequence[AtUri], by: Did, reason: str | None) -> Outcomes[AtUri, AtUri]:
    """Delete records of our verifier and note why."""
    verifier, desk = required_verifier(services), services.desk.verifications

    async def delete(uri: AtUri) -> AtUri:
        await verifier.revoke(uri)
        await asyncio.to_thread(desk.mark_revoked, [uri], by, reason)
        return uri

    return await _each(list(dict.fromkeys(uris)), delete)


async def _each(asked: Sequence[_Asked], act: Callable[[_Asked], Awaitable[_Done]]) -> Outcomes[_Asked, _Done]:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def attempt(one: _Asked) -> _Done | _Failure:
        async with gate:
            try:
                return await act(one)
            except (Rejected, Retryable) as error:
                return _Failure(str(error))

    results = await asyncio.gather(*(attempt(one) for one in asked))
    outcomes: Outcomes[_Asked, _Done] = Outcomes([], [])
    for one, result in zip(asked, results, strict=True):
        if isinstance(result, _Failure):
            outcomes.failed.append((one, result.why))
        else:
            outcomes.done.append(result)
    return outcomes
