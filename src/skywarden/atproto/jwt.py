"""Make and check the tokens (JWTs) by which one service acts for an account at another.

A token is good once, for one method of one service, for about a minute, and only under the issuer's own key.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final, NoReturn, Protocol, TypeVar

import msgspec

from skywarden.atproto.identity.document import SIGNING_KEY, KeyId
from skywarden.atproto.identity.resolver import IdentityResolver
from skywarden.atproto.keys import Curve, PrivateKey
from skywarden.atproto.syntax.did import is_did
from skywarden.kernel.clock import SECOND_US, Clock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, UtcMicros

LIFETIME_S: Final = 60
_MAX_TOKEN_CHARS: Final = 8_192
_MAX_JTI_CHARS: Final = 256
_ALG_OF: dict[Curve, str] = {"k256": "ES256K", "p256": "ES256"}
_SERVICE_TYPES: Final = ("jwt",)
_T = TypeVar("_T")


class _Header(msgspec.Struct, frozen=True):
    alg: str
    typ: str | None = None
    kid: str | None = None


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    aud: str
    exp: int
    iat: int
    lxm: str
    jti: str


class ReplayStore(Protocol):
    """Which tokens were used already. `burn` is atomic also for two callers at once."""

    async def burn(self, issuer: Did, jti: str, until_us: UtcMicros) -> bool:
        """Mark a token as used; False when it was. It may be forgotten after `until_us`."""
        ...


@dataclass(frozen=True, slots=True)
class ServiceToken:
    """What a good token says: `issuer` asks for the method `lxm` of the service `audience`."""

    issuer: Did
    audience: str
    lxm: str
    jti: str
    expires_us: UtcMicros


@dataclass(frozen=True, slots=True)
class JwtRules:
    """What a token may be."""

    key_ids: Collection[KeyId] = (SIGNING_KEY,)
    max_lifetime_s: int = 300
    leeway_s: int = 10
    """How far the issuer's clock may be ahead of ours."""


class MemoryReplayStore:
    """Used tokens in this process's memory; forgotten on restart, when tokens of a minute are soon past anyway."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: dict[tuple[Did, str], tuple[UtcMicros]] = {}
        self._next_sweep = 0

    async def burn(self, issuer: Did, jti: str, until_us: UtcMicros) -> bool:
        now = self._clock.now_us()
        if now >= self._next_sweep:
            self._used = {name: mark for name, mark in self._used.items() if mark[0] > now}
            self._next_sweep = now + LIFETIME_S * SECOND_US
        mark = (until_us,)  # a new object each time, so that one atomic step tells whose mark it is
        return self._used.setdefault((issuer, jti), mark) is mark


def make_service_jwt(
    key: PrivateKey, issuer: Did, audience: str, lxm: str, clock: Clock, *, lifetime_s: int = LIFETIME_S
) -> str:
    """Make a token that lets `issuer` call the method `lxm` of `audience` once."""
    iat = clock.now_us() // SECOND_US
    header = {"typ": "JWT", "alg": _ALG_OF[key.curve]}
    claims = {
        "iat": iat,
        "iss": issuer,
        "aud": audience,
        "exp": iat + lifetime_s,
        "lxm": lxm,
        "jti": secrets.token_hex(16),
    }
    signed = ".".join(_write(msgspec.json.encode(part)) for part in (header, claims))
    return f"{signed}.{_write(key.sign(signed.encode()))}"


class JwtVerifier:
    """Check tokens that others made for us.

    Promises: a `jti` is burned only after the signature was verified, so nobody can burn another's; an issuer's
    document is fetched anew at most once a token, and as often as the resolver allows.
    """

    def __init__(
        self,
        resolver: IdentityResolver,
        audiences: Iterable[str],
        replay: ReplayStore,
        clock: Clock,
        rules: JwtRules | None = None,
    ) -> None:
        self._resolver = resolver
        self._audiences = frozenset(audiences)
        self._replay = replay
        self._clock = clock
        self._rules = rules or JwtRules()

    async def verify(self, text: str, lxm: str) -> ServiceToken:
        """Take a token for the method `lxm`, and use it up.

        Raises: Rejected (`jwt-...`, `did-...`), Retryable when the issuer cannot be resolved just now.
        """
        token = await self.check(text, lxm)
        await self.burn(token)
        return token

    async def check(self, text: str, lxm: str) -> ServiceToken:
        """Take a token as `verify` does, but leave it unused: who goes on must `burn` it first."""
        header, claims, signed, signature = _parse(text)
        key_id = self._key_id(header)
        issuer = self._check_claims(claims, lxm)
        await self._check_signature(issuer, key_id, header.alg, signed, signature)
        expires_us = UtcMicros(claims.exp * SECOND_US)
        return ServiceToken(issuer, claims.aud, claims.lxm, claims.jti, expires_us)

    async def burn(self, token: ServiceToken) -> None:
        """Use a checked token up. Raises: Rejected jwt-replayed, when it was used; what its store raises."""
        until_us = UtcMicros(token.expires_us + self._rules.leeway_s * SECOND_US)
        if not await self._replay.burn(token.issuer, token.jti, until_us):
            raise Rejected("jwt-replayed", place=token.issuer, expected="a token not used before", found="one that was")

    def _key_id(self, header: _Header) -> KeyId:
        if header.typ is not None and header.typ.lower() not in _SERVICE_TYPES:
            raise Rejected("jwt-type", expected="JWT", found=repr(header.typ[:40]))
        if header.alg not in _ALG_OF.values():
            raise Rejected("jwt-algorithm", expected="ES256K or ES256", found=repr(header.alg[:40]))
        key_id = KeyId((header.kid or f"#{SIGNING_KEY}").rpartition("#")[2])
        if key_id not in self._rules.key_ids or header.kid not in (None, key_id, f"#{key_id}"):
            raise Rejected("jwt-key", expected="a key that may sign tokens", found=repr((header.kid or "")[:80]))
        return key_id

    def _check_claims(self, claims: _Claims, lxm: str) -> Did:
        if not is_did(claims.iss):
            raise Rejected("jwt-issuer", expected="a DID", found=repr(claims.iss[:80]))
        if claims.aud not in self._audiences:
            raise Rejected("jwt-audience", expected=" or ".join(sorted(self._audiences)), found=repr(claims.aud[:80]))
        if claims.lxm != lxm:
            raise Rejected("jwt-method", expected=lxm, found=repr(claims.lxm[:80]))
        if not 0 < len(claims.jti) <= _MAX_JTI_CHARS:
            raise Rejected("jwt-id", expected=f"1 to {_MAX_JTI_CHARS} characters", found=str(len(claims.jti)))
        self._check_times(claims)
        return Did(claims.iss)

    def _check_times(self, claims: _Claims) -> None:
        now = self._clock.now_us() // SECOND_US
        if claims.exp <= now:
            raise Rejected("jwt-expired", expected=f"an end after {now}", found=str(claims.exp))
        if claims.iat > now + self._rules.leeway_s:
            raise Rejected("jwt-early", expected=f"made by {now}", found=str(claims.iat))
        if claims.exp - claims.iat > self._rules.max_lifetime_s:
            expected = f"at most {self._rules.max_lifetime_s} s"
            raise Rejected("jwt-lifetime", expected=expected, found=f"{claims.exp - claims.iat} s")

    async def _check_signature(self, issuer: Did, key_id: KeyId, alg: str, signed: bytes, signature: bytes) -> None:
        key = (await self._resolver.resolve(issuer)).signing_key(key_id)
        if alg == _ALG_OF[key.curve] and key.verify(signed, signature, allow_high_s=True):
            return
        fresh = (await self._resolver.refresh(issuer)).signing_key(key_id)
        if alg != _ALG_OF[fresh.curve]:
            raise Rejected("jwt-algorithm", place=issuer, expected=_ALG_OF[fresh.curve], found=alg)
        if fresh == key or not fresh.verify(signed, signature, allow_high_s=True):
            raise Rejected("jwt-signature", place=issuer, expected=f"a signature by #{key_id}", found="another")


def _parse(token: str) -> tuple[_Header, _Claims, bytes, bytes]:
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _MAX_TOKEN_CHARS or not token.isascii():
        raise Rejected(
            "jwt-form", expected="three parts of base64url", found=f"{len(parts)} in {len(token)} characters"
        )
    header = _typed(_json(_read(parts[0])), _Header)
    claims = _typed(_json(_read(parts[1])), _Claims)
    return header, claims, f"{parts[0]}.{parts[1]}".encode(), _read(parts[2])


def _typed(value: Any, kind: type[_T]) -> _T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise Rejected("jwt-form", expected="the fields of a service token", found=str(error)) from error


def _json(data: bytes) -> Any:
    """Read strict JSON: one value a name, no NaN, no endless numbers."""
    try:
        return json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Rejected("jwt-form", expected="JSON", found=str(error)[:120]) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name stands twice")
    return result


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _write(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _read(text: str) -> bytes:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Rejected("jwt-form", expected="base64url without padding", found=repr(text[:40])) from error
    if _write(data) != text:
        raise Rejected("jwt-form", expected="base64url in its one spelling", found=repr(text[:40]))
    return data
