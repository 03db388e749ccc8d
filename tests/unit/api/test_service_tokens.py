"""Service tokens over HTTP, good and bad; what each fault is, is said in the answer's error name."""

import asyncio
import hashlib
import hmac
import json
from typing import Any

import pytest

from api_server import ApiServer
from identities import ALICE, BOB, MODERATOR, Person
from label_samples import LABELER
from skywarden.atproto.keys import PrivateKey
from tokens import part, signed

NSID = "tools.ozone.server.getConfig"
SIBLING = "tools.ozone.team.listMembers"
ROTATED = PrivateKey.from_hex("77" * 32)
"""A key that MODERATOR once had."""


def claims_of(api: ApiServer, person: Person = MODERATOR, **changes: Any) -> dict[str, Any]:
    now = api.services.clock.now_us() // 1_000_000
    plain = {"iss": person.did, "aud": LABELER, "exp": now + 60, "iat": now, "lxm": NSID, "jti": "j1"} | changes
    return {name: value for name, value in plain.items() if value is not ...}


def token(
    api: ApiServer, key: PrivateKey = MODERATOR.key, *, header: dict[str, Any] | None = None, **claims: Any
) -> str:
    head = {"typ": "JWT", "alg": "ES256" if key.curve == "p256" else "ES256K"} | (header or {})
    return signed(key, json.dumps(head), json.dumps(claims_of(api, **claims)))


async def error_of(api: ApiServer, text: str) -> str:
    answer = await api.http.get(f"/xrpc/{NSID}", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code in (200, 401)
    assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)
    return str(answer.json().get("error", ""))


async def test_a_good_token_is_taken_under_both_names_of_the_labeler(api: ApiServer) -> None:
    assert await error_of(api, token(api)) == ""
    assert await error_of(api, token(api, aud=f"{LABELER}#atproto_labeler", jti="j2")) == ""


async def test_alg_none_is_refused(api: ApiServer) -> None:
    head, claims = json.dumps({"alg": "none", "typ": "JWT"}), json.dumps(claims_of(api))
    assert await error_of(api, f"{part(head.encode())}.{part(claims.encode())}.") == "BadJwt"


async def test_hs256_keyed_with_the_public_key_is_refused(api: ApiServer) -> None:
    text = f"{part(json.dumps({'alg': 'HS256'}).encode())}.{part(json.dumps(claims_of(api)).encode())}"
    secret = MODERATOR.key.public.multibase.encode()
    assert await error_of(api, f"{text}.{part(hmac.new(secret, text.encode(), hashlib.sha256).digest())}") == "BadJwt"


async def test_an_es256_header_over_a_k256_key_is_refused(api: ApiServer) -> None:
    assert await error_of(api, token(api, header={"alg": "ES256"})) == "BadJwt"


async def test_the_label_key_signs_no_tokens(api: ApiServer) -> None:
    assert await error_of(api, token(api, header={"kid": "#atproto_label"})) == "BadJwt"


async def test_several_audiences_are_none(api: ApiServer) -> None:
    assert await error_of(api, token(api, aud=[LABELER])) == "BadJwt"


@pytest.mark.parametrize("aud", ["did:plc:other", f"{LABELER}#bsky_appview", "*", ""])
async def test_a_token_for_another_service_is_refused(api: ApiServer, aud: str) -> None:
    assert await error_of(api, token(api, aud=aud)) == "BadJwtAudience"


async def test_a_token_without_a_method_is_refused(api: ApiServer) -> None:
    assert await error_of(api, token(api, lxm=...)) == "BadJwt"


@pytest.mark.parametrize("lxm", [SIBLING, "*", "tools.ozone.server"])
async def test_a_token_for_a_sibling_method_is_refused(api: ApiServer, lxm: str) -> None:
    assert await error_of(api, token(api, lxm=lxm)) == "BadJwtLexiconMethod"


@pytest.mark.parametrize("claim", ["exp", "iat", "jti"])
async def test_a_token_without_its_times_or_id_is_refused(api: ApiServer, claim: str) -> None:
    missing: dict[str, Any] = {claim: ...}
    assert await error_of(api, token(api, **missing)) == "BadJwt"


async def test_a_token_that_ends_in_9999_is_refused(api: ApiServer) -> None:
    assert await error_of(api, token(api, exp=253_402_300_799)) == "BadJwt"


async def test_a_token_from_in_an_hour_is_refused(api: ApiServer) -> None:
    now = api.services.clock.now_us() // 1_000_000
    assert await error_of(api, token(api, iat=now + 3_600, exp=now + 3_660)) == "BadJwt"


async def test_a_token_that_has_ended_is_refused(api: ApiServer) -> None:
    now = api.services.clock.now_us() // 1_000_000
    assert await error_of(api, token(api, iat=now - 120, exp=now - 60)) == "JwtExpired"


async def test_a_key_that_was_rotated_away_is_refused(api: ApiServer) -> None:
    assert await error_of(api, token(api, ROTATED)) == "BadJwtSignature"


async def test_the_key_of_somebody_else_is_refused(api: ApiServer) -> None:
    assert await error_of(api, token(api, BOB.key, iss=MODERATOR.did)) == "BadJwt"
    assert await error_of(api, token(api, ALICE.key)) == "BadJwtSignature"


@pytest.mark.parametrize("typ", ["at+jwt", "refresh+jwt", "dpop+jwt"])
async def test_tokens_of_other_kinds_are_refused(api: ApiServer, typ: str) -> None:
    assert await error_of(api, token(api, header={"typ": typ})) == "BadJwt"


async def test_of_a_hundred_calls_at_once_with_one_token_exactly_one_passes(api: ApiServer) -> None:
    text = token(api)
    errors = await asyncio.gather(*[error_of(api, text) for _ in range(100)])
    assert sorted(errors) == [""] + ["BadJwt"] * 99


async def test_a_forged_token_does_not_use_the_real_one_up(api: ApiServer) -> None:
    assert await error_of(api, token(api, ALICE.key, jti="j9")) == "BadJwtSignature"
    assert await error_of(api, token(api, jti="j9")) == ""
