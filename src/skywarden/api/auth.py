"""Find out who calls: an Authorization header to the DID of the account behind it."""

from skywarden.atproto.identity.resolver import IdentityResolver
from skywarden.atproto.jwt import JwtVerifier, MemoryReplayStore, ReplayStore
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did

MISSING = "AuthMissing"

ERROR_OF = {
    "jwt-expired": "JwtExpired",
    "jwt-audience": "BadJwtAudience",
    "jwt-method": "BadJwtLexiconMethod",
    "jwt-issuer": "BadJwtIss",
    "jwt-signature": "BadJwtSignature",
}
"""Names that clients of the reference implementation know; every other fault of a token is BadJwt."""

_OTHER = "BadJwt"

AUTH_ERRORS = frozenset({MISSING, _OTHER, *ERROR_OF.values()})
"""Every error name that means 401."""


class AuthVerifier:
    """Takes service tokens made for this labeler."""

    def __init__(self, did: Did, resolver: IdentityResolver, clock: Clock, replay: ReplayStore | None = None) -> None:
        # PDSes that proxy a request name the bare DID, others the service within it; nothing else is us.
        audiences = (did, f"{did}#atproto_labeler")
        self._jwt = JwtVerifier(resolver, audiences, replay or MemoryReplayStore(clock), clock)

    async def verify(self, authorization: str | None, nsid: str) -> Did:
        """Whom a call of method `nsid` with this header speaks for.

        Raises: Rejected with one of AUTH_ERRORS; Retryable, when the issuer cannot be looked up now.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Rejected(MISSING, place="Authorization", expected="Bearer and a service token")
        try:
            return (await self._jwt.verify(token.strip(), nsid)).issuer
        except Rejected as error:
            raise Rejected(ERROR_OF.get(error.reason, _OTHER), place=error.reason, hint=str(error)) from error
