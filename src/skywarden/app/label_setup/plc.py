"""Work out the PLC operation that makes a did:plc name our label key and our address."""

from typing import Any, TypeVar

import msgspec

from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did

_FOUND = 200

_T = TypeVar("_T")


class PlcState(msgspec.Struct, frozen=True):
    """What the directory holds of an identity, in the form that operations have."""

    rotation_keys: list[str] = msgspec.field(name="rotationKeys")
    aliases: list[str] = msgspec.field(name="alsoKnownAs")
    methods: dict[str, str] = msgspec.field(name="verificationMethods")
    services: dict[str, Any]

    def with_labeler(self, did_key: str, url: str) -> "PlcState":
        """The same with our key and address, everything else as it was."""
        service = {"type": "AtprotoLabeler", "endpoint": url}
        return PlcState(
            self.rotation_keys,
            self.aliases,
            {**self.methods, "atproto_label": did_key},
            {**self.services, "atproto_labeler": service},
        )


class _Entry(msgspec.Struct, frozen=True):
    cid: str
    nullified: bool = False


async def plc_state(fetcher: GuardedFetcher, directory: str, did: Did) -> PlcState:
    """Ask the directory. Raises: Rejected, Retryable."""
    return await _get(fetcher, f"{directory.rstrip('/')}/{did}/data", PlcState)


async def unsigned_operation(fetcher: GuardedFetcher, directory: str, did: Did, wanted: PlcState) -> str:
    """The operation as JSON, for whoever holds a rotation key of the identity."""
    log = await _get(fetcher, f"{directory.rstrip('/')}/{did}/log/audit", list[_Entry])
    last = [entry.cid for entry in log if not entry.nullified][-1]
    operation = {"type": "plc_operation", **msgspec.to_builtins(wanted), "prev": last}
    return msgspec.json.format(msgspec.json.encode(operation), indent=2).decode()


async def _get(fetcher: GuardedFetcher, url: str, kind: type[_T]) -> _T:
    answer = await fetcher.get(url)
    if answer.status != _FOUND:
        if answer.status >= 500:
            raise Retryable(f"{url}: status {answer.status}")
        raise Rejected("plc_directory", place=url, expected="status 200", found=str(answer.status))
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.DecodeError as error:
        raise Rejected("plc_directory", place=url, expected="the directory's JSON", found=str(error)[:200]) from error
