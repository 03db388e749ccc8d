"""Service tokens: one use, one method, one service, one minute, the issuer's own key."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest

from skywarden.atproto.identity.document import LABEL_KEY, SIGNING_KEY, DidDocument
from skywarden.atproto.identity.resolver import CachingResolver
from skywarden.atproto.jwt import JwtRules, JwtVerifier, MemoryReplayStore, make_service_jwt
from skywarden.atproto.keys import PrivateKey
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected, Retryable
from skywarden.kernel.ids import Did
from tokens import part, signed

ISSUER, OWN = Did("did:plc:44ybard66vv44zksje25o7dz"), Did("did:web:mod.example.com")
SERVICE = f"{OWN}#atproto_labeler"
LXM = "com.atproto.moderation.createReport"
KEY, LABELS, OTHER = (PrivateKey.from_hex(digit * 64) for digit in "123")
P256 = PrivateKey.from_hex("44" * 32, "p256")
K256_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Directory:
    """The issuer's document as it is now, and how often it was asked for."""

    def __init__(self, key: PrivateKey = KEY) -> None:
        self.key = key
        self.asked = 0

    async def fetch(self, did: Did) -> DidDocument:
        self.asked += 1
        if did != ISSUER:
            raise Rejected("did-not-found")
        keys = {"atproto": self.key, "atproto_label": LABELS}
        methods = [
            {"id": f"{did}#{name}", "type": "Multikey", "controller": did, "publicKeyMultibase": key.public.multibase}
            for name, key in keys.items()
        ]
        return DidDocument.from_json(did, json.dumps({"id": did, "verificationMethod": methods}).encode())


class Desk:
    """A verifier with its clock and directory."""

    def __init__(self, rules: JwtRules | None = None, key: PrivateKey = KEY) -> None:
        self.clock = ManualClock()
        self.directory = Directory(key)
        resolver = CachingResolver(self.directory, clock=self.clock)
        self.verifier = JwtVerifier(resolver, [OWN, SERVICE], MemoryReplayStore(self.clock), self.clock, rules)

    def token(self, key: PrivateKey = KEY, *, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        now = self.clock.now_us() // 1_000_000
        plain = {"iss": ISSUER, "aud": SERVICE, "exp": now + 60, "iat": now, "lxm": LXM, "jti": "j1", **claims}
        kept = {name: value for name, value in plain.items() if value is not ...}
        head = {"alg": "ES256" if key.curve == "p256" else "ES256K", "typ": "JWT", **(header or {})}
        return signed(key, json.dumps(head), json.dumps(kept))

    async def refusal(self, token: str, lxm: str = LXM) -> str:
        with pytest.raises(Rejected) as error:
            await self.verifier.verify(token, lxm)
        return error.value.reason


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize("key", [KEY, P256])
@pytest.mark.parametrize("audience", [OWN, SERVICE])
async def test_a_token_of_ours_is_taken_under_both_names_of_the_service(key: PrivateKey, audience: str) -> None:
    desk = Desk(key=key)
    token = await desk.verifier.verify(make_service_jwt(key, ISSUER, audience, LXM, desk.clock), LXM)
    assert (token.issuer, token.audience, token.lxm) == (ISSUER, audience, LXM)
    assert token.expires_us == desk.clock.now_us() // 1_000_000 * 1_000_000 + 60_000_000


async def test_no_two_tokens_have_the_same_id(desk: Desk) -> None:
    tokens = {make_service_jwt(KEY, ISSUER, OWN, LXM, desk.clock) for _ in range(10)}
    assert len(tokens) == 10


async def test_a_high_s_is_taken_in_tokens_as_other_libraries_make_them(desk: Desk) -> None:
    head, claims, signature = desk.token().split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    twin = raw[:32] + (K256_ORDER - int.from_bytes(raw[32:])).to_bytes(32)
    assert (await desk.verifier.verify(f"{head}.{claims}.{part(twin)}", LXM)).issuer == ISSUER
    assert await desk.refusal(desk.token()) == "jwt-replayed"


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "RS256", "EdDSA", "", "es256k", "ES384"])
async def test_other_algorithms_are_refused(desk: Desk, alg: str) -> None:
    assert await desk.refusal(desk.token(header={"alg": alg})) == "jwt-algorithm"


async def test_alg_none_without_a_signature_is_refused(desk: Desk) -> None:
    head, claims, _ = desk.token(header={"alg": "none"}).split(".")
    assert await desk.refusal(f"{head}.{claims}.") == "jwt-algorithm"


async def test_hs256_keyed_with_the_public_key_is_refused(desk: Desk) -> None:
    head, claims, _ = desk.token(header={"alg": "HS256"}).split(".")
    mac = hmac.new(KEY.public.point, f"{head}.{claims}".encode(), hashlib.sha256).digest()
    assert await desk.refusal(f"{head}.{claims}.{part(mac)}") == "jwt-algorithm"


async def test_the_algorithm_must_be_that_of_the_key(desk: Desk) -> None:
    assert await desk.refusal(desk.token(header={"alg": "ES256"})) == "jwt-algorithm"
    assert await Desk(key=P256).refusal(desk.token(P256, header={"alg": "ES256K"})) == "jwt-algorithm"


@pytest.mark.parametrize("typ", ["at+jwt", "refresh+jwt", "dpop+jwt", "AT+JWT", "application/at+jwt", ""])
async def test_tokens_of_other_kinds_are_refused(desk: Desk, typ: str) -> None:
    assert await desk.refusal(desk.token(header={"typ": typ})) == "jwt-type"


@pytest.mark.parametrize(
    "kid", ["#atproto_label", "atproto_label", "#other", f"{ISSUER}#atproto", "did:plc:x#atproto", "#"]
)
async def test_other_keys_of_the_issuer_are_refused(desk: Desk, kid: str) -> None:
    assert await desk.refusal(desk.token(LABELS, header={"kid": kid})) == "jwt-key"


@pytest.mark.parametrize("kid", ["#atproto", "atproto"])
async def test_the_usual_key_may_be_named(desk: Desk, kid: str) -> None:
    assert (await desk.verifier.verify(desk.token(header={"kid": kid}), LXM)).issuer == ISSUER


async def test_another_key_counts_where_the_rules_say_so() -> None:
    desk = Desk(JwtRules(key_ids=(SIGNING_KEY, LABEL_KEY)))
    assert (await desk.verifier.verify(desk.token(LABELS, header={"kid": "#atproto_label"}), LXM)).issuer == ISSUER
    assert await desk.refusal(desk.token(LABELS, jti="j2")) == "jwt-signature"


AUDIENCES = ["did:web:other.example.com", f"{OWN}#bsky_appview", f"{OWN}/", "*", "", f"{SERVICE} ", OWN.upper()]


@pytest.mark.parametrize("audience", AUDIENCES)
async def test_a_token_for_another_service_is_refused(desk: Desk, audience: str) -> None:
    assert await desk.refusal(desk.token(aud=audience)) == "jwt-audience"


@pytest.mark.parametrize(
    "lxm", ["com.atproto.moderation.createreport", "tools.ozone.moderation.emitEvent", "*", "", "com.atproto"]
)
async def test_a_token_for_another_method_is_refused(desk: Desk, lxm: str) -> None:
    assert await desk.refusal(desk.token(lxm=lxm)) == "jwt-method"


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "iat", "lxm", "jti"])
async def test_every_claim_is_required(desk: Desk, claim: str) -> None:
    for absent in (..., None):
        claims: dict[str, Any] = {claim: absent}
        assert await desk.refusal(desk.token(**claims)) == "jwt-form"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": [SERVICE]},
        {"exp": 1.5},
        {"exp": "9999999999"},
        {"exp": True},
        {"iat": True},
        {"jti": 5},
    ],
)
async def test_claims_of_another_type_are_refused(desk: Desk, claims: dict[str, Any]) -> None:
    assert await desk.refusal(desk.token(**claims)) == "jwt-form"


async def test_a_token_lives_for_a_minute_and_not_a_second_more(desk: Desk) -> None:
    token = desk.token()
    desk.clock.advance(60)
    assert await desk.refusal(token) == "jwt-expired"


@pytest.mark.parametrize("exp", [253_402_300_799, 10**30])
async def test_a_token_that_ends_in_9999_or_never_is_refused(desk: Desk, exp: int) -> None:
    assert await desk.refusal(desk.token(exp=exp)) == "jwt-lifetime"


async def test_a_token_from_the_future_is_refused(desk: Desk) -> None:
    now = desk.clock.now_us() // 1_000_000
    assert await desk.refusal(desk.token(iat=now + 3_600, exp=now + 3_660)) == "jwt-early"
    assert (await desk.verifier.verify(desk.token(iat=now + 5), LXM)).issuer == ISSUER


async def test_a_token_is_taken_once_of_a_hundred_times(desk: Desk) -> None:
    token = desk.token()
    taken = 0
    for _ in range(100):
        try:
            await desk.verifier.verify(token, LXM)
            taken += 1
        except Rejected as error:
            assert error.reason == "jwt-replayed"  # noqa: PT017  # the loop goes on after each
    assert taken == 1


async def test_a_forged_token_does_not_burn_the_real_one(desk: Desk) -> None:
    assert await desk.refusal(desk.token(OTHER)) == "jwt-signature"
    assert (await desk.verifier.verify(desk.token(), LXM)).jti == "j1"


async def test_a_used_id_is_remembered_until_its_token_has_ended(desk: Desk) -> None:
    now = desk.clock.now_us() // 1_000_000
    long = desk.token(exp=now + 300)
    await desk.verifier.verify(long, LXM)
    desk.clock.advance(200)
    await desk.verifier.verify(desk.token(jti="j2"), LXM)
    assert await desk.refusal(long) == "jwt-replayed"


@pytest.mark.parametrize("jti", ["", "x" * 257])
async def test_an_id_has_a_sane_length(desk: Desk, jti: str) -> None:
    assert await desk.refusal(desk.token(jti=jti)) == "jwt-id"


@pytest.mark.parametrize("issuer", ["", "alice.test", f"{ISSUER}#atproto_labeler", "did:plc:"])
async def test_an_issuer_is_a_plain_did(desk: Desk, issuer: str) -> None:
    assert await desk.refusal(desk.token(iss=issuer)) == "jwt-issuer"


async def test_an_issuer_that_does_not_exist_is_refused(desk: Desk) -> None:
    assert await desk.refusal(desk.token(iss="did:plc:2edzkrybeyusfkz6yn7tm4ch")) == "did-not-found"


async def test_after_a_rotation_the_new_key_is_taken_and_the_old_one_refused(desk: Desk) -> None:
    await desk.verifier.verify(desk.token(), LXM)
    desk.directory.key = OTHER
    assert (await desk.verifier.verify(desk.token(OTHER, jti="j2"), LXM)).issuer == ISSUER
    assert await desk.refusal(desk.token(KEY, jti="j3")) == "jwt-signature"


async def test_forged_tokens_cannot_make_us_ask_the_directory_each_time(desk: Desk) -> None:
    for number in range(50):
        assert await desk.refusal(desk.token(OTHER, jti=str(number))) == "jwt-signature"
    assert desk.directory.asked == 2


async def test_a_directory_that_is_away_is_worth_another_try(desk: Desk) -> None:
    class Away:
        async def fetch(self, did: Did) -> DidDocument:
            raise Retryable("away")

    verifier = JwtVerifier(CachingResolver(Away()), [OWN, SERVICE], MemoryReplayStore(desk.clock), desk.clock)
    with pytest.raises(Retryable):
        await verifier.verify(desk.token(), LXM)


def with_header(header: bytes) -> str:
    return f"{part(header)}.{part(b'{}')}.{part(bytes(64))}"


FORMS = {
    "nothing": "",
    "two parts": "a.b",
    "four parts": "a.b.c.d",
    "not base64": "!.!.!",
    "padding": "e30=.e30=.e30=",
    "other script": "ä.ä.ä",
    "not JSON": with_header(b"{"),
    "a list": with_header(b"[]"),
    "NaN": with_header(b'{"alg": NaN}'),
    "a name twice": with_header(b'{"alg": "none", "alg": "ES256K"}'),
    "lone surrogate": with_header(b"\xed\xa0\x80"),
    "deep": with_header(b"[" * 4_000),
    "number of 5,000 digits": with_header(b'{"alg": ' + b"9" * 5_000 + b"}"),
    "very long": "a" * 100_000,
}


@pytest.mark.parametrize("name", FORMS)
async def test_what_is_no_token_is_refused(desk: Desk, name: str) -> None:
    assert await desk.refusal(FORMS[name]) == "jwt-form"
    assert desk.directory.asked == 0
