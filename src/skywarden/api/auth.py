"""Find out who calls: an Authorization header to the DID of the account behind it."""

from typing import Protocol

from skywarden.kernel.ids import Did


class AuthVerifier(Protocol):
    """Decides whom a request speaks for."""

    async def verify(self, authorization: str | None, nsid: str) -> Did:
        """Who calls method `nsid` with this header. Raises: Rejected AuthenticationRequired, or Retryable."""
        ...
