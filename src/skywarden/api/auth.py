"""Find out who calls: an Authorization header to a caller with a role.

In three steps, so that each runs when and where it may: `identify` looks up keys over the network and checks the
signature; `use_up`, once the request is known to be worth it, takes the token out of use; both in the event loop.
`admit` reads the team in a worker thread.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import Protocol

from skywarden.api.caller import NOBODY, Access, Caller, CallerKind
from skywarden.atproto.identity.resolver import IdentityResolver
from skywarden.atproto.jwt import JwtVerifier, MemoryReplayStore, ReplayStore, ServiceToken
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.model.team import Member, Role

MISSING = "AuthMissing"
NO_MEMBER = "AuthenticationRequired"
DISABLED = "MemberDisabled"

ERROR_OF = {
    "jwt-expired": "JwtExpired",
    "jwt-audience": "BadJwtAudience",
    "jwt-method": "BadJwtLexiconMethod",
    "jwt-issuer": "BadJwtIss",
    "jwt-signature": "BadJwtSignature",
}
"""Names that clients of the reference implementation know; every other fault of a token is BadJwt."""

_OTHER = "BadJwt"

AUTH_ERRORS = frozenset({MISSING, NO_MEMBER, DISABLED, _OTHER, *ERROR_OF.values()})
"""Every error name that means 401."""

_ADMIN = b"admin:"


class TeamRoles(Protocol):
    """Who is in the team. May block."""

    def role_of(self, did: Did) -> Member | None:
        """The member with this DID, also a disabled one; None for anybody else."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """Whom a request speaks for, proved but not yet admitted; `token` is None for the administrator's password."""

    did: Did
    token: ServiceToken | None


class AuthVerifier:
    """Takes service tokens made for this labeler, and the administrator's password."""

    def __init__(
        self,
        did: Did,
        resolver: IdentityResolver,
        clock: Clock,
        *,
        roles: TeamRoles,
        replay: ReplayStore | None = None,
        admin_password: str = "",
    ) -> None:
        # PDSes that proxy a request name the bare DID, others the service within it; nothing else is us.
        audiences = (did, f"{did}#atproto_labeler")
        self._did = did
        self._jwt = JwtVerifier(resolver, audiences, replay or MemoryReplayStore(clock), clock)
        self._roles = roles
        self._secret = _ADMIN + admin_password.encode() if admin_password else b""

    async def identify(self, authorization: str | None, nsid: str, access: Access) -> Claim | None:
        """Whom a call of method `nsid` with this header speaks for; None where nobody needs to be known.

        Raises: Rejected with one of AUTH_ERRORS; Retryable, when the issuer cannot be looked up now.
        """
        if access is Access.PUBLIC:
            return None
        scheme, _, credentials = (authorization or "").partition(" ")
        scheme, credentials = scheme.lower(), credentials.strip()
        if scheme == "basic" and credentials and self._secret and access is not Access.USER:
            return self._by_password(credentials)
        if scheme != "bearer" or not credentials:
            raise Rejected(MISSING, place="Authorization", expected="Bearer and a service token")
        try:
            token = await self._jwt.check(credentials, nsid)
        except Rejected as error:
            raise _named(error) from error
        return Claim(token.issuer, token)

    async def use_up(self, claim: Claim | None) -> None:
        """Take the claim's token out of use. Raises: Rejected with one of AUTH_ERRORS, when it was used before."""
        if claim is None or claim.token is None:
            return
        try:
            await self._jwt.burn(claim.token)
        except Rejected as error:
            raise _named(error) from error

    def admit(self, claim: Claim | None, access: Access) -> Caller:
        """Check that the claim's account may call. May block.

        Raises: Rejected with one of AUTH_ERRORS, or Forbidden.
        """
        if claim is None:
            return NOBODY
        if claim.token is None:
            return Caller(claim.did, Role.ADMIN, CallerKind.BASIC)
        member = self._roles.role_of(claim.did)
        if access is Access.USER:
            role = None if member is None or member.disabled else member.role
            return Caller(claim.did, role, CallerKind.SERVICE)
        if member is None:
            raise Rejected(NO_MEMBER, place=claim.did, expected="a member of the team", found="somebody else")
        if member.disabled:
            raise Rejected(DISABLED, place=claim.did, expected="a member who is enabled", found="one who is not")
        caller = Caller(claim.did, member.role, CallerKind.SERVICE)
        if access.role is not None:
            caller.require(access.role)
        return caller

    def _by_password(self, credentials: str) -> Claim:
        try:
            given = base64.b64decode(credentials, validate=True)
        except (binascii.Error, ValueError):
            given = b""
        if not hmac.compare_digest(given, self._secret):
            raise Rejected(NO_MEMBER, place="Authorization", expected="the administrator's password")
        return Claim(self._did, None)


def _named(error: Rejected) -> Rejected:
    return Rejected(ERROR_OF.get(error.reason, _OTHER), place=error.reason, hint=str(error))
