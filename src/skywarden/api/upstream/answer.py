"""What a service answered, whole and bounded, or why there is no answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from skywarden.kernel.errors import Retryable

_T = TypeVar("_T")


class UpstreamFailure(Retryable):
    """A service that an answer depends on is not configured, away, busy or answers nonsense.

    `missing` is the setting that would name the service, "" when it is set.
    """

    def __init__(self, name: str, why: str, *, missing: str = "") -> None:
        self.missing = missing
        super().__init__(f"{name}: {why}")


@dataclass(frozen=True, slots=True)
class UpstreamAnswer:
    """A response of any status. Header names are in lower case."""

    name: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_json(self) -> bool:
        """Whether the body claims to be JSON."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"

    def read(self, kind: type[_T]) -> _T:
        """Read a good answer. Raises: UpstreamFailure for any other status and for what is not of that form."""
        if self.status != 200:
            raise UpstreamFailure(self.name, f"status {self.status} {self.body[:200].decode(errors='replace')}")
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UpstreamFailure(self.name, f"its answer cannot be read: {str(error)[:200]}") from error
