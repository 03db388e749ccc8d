"""Keys: both curves, low S only, and the forms in which they are written."""

import base64
from typing import Any

import pytest

from shared_data import INTEROP, json_cases
from skywarden.atproto.keys import Curve, PrivateKey, PublicKey, decode_base58
from skywarden.kernel.errors import Rejected

K256_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
CURVES: list[Curve] = ["k256", "p256"]


def unpadded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("case", json_cases(INTEROP / "crypto" / "signature-fixtures.json"))
def test_the_official_signatures_verify_as_they_should(case: Any) -> None:
    message, signature = unpadded(case["messageBase64"]), unpadded(case["signatureBase64"])
    key = PublicKey.from_did_key(case["publicKeyDid"])
    assert key.verify(message, signature) is case["validSignature"]
    assert PublicKey(key.curve, decode_base58(case["publicKeyMultibase"])) == key


@pytest.mark.parametrize("case", json_cases(INTEROP / "crypto" / "w3c_didkey_K256.json"))
def test_the_official_k256_keys_have_their_did_key(case: Any) -> None:
    assert PrivateKey.from_hex(case["privateKeyBytesHex"]).did_key == case["publicDidKey"]


@pytest.mark.parametrize("case", json_cases(INTEROP / "crypto" / "w3c_didkey_P256.json"))
def test_the_official_p256_key_has_its_did_key(case: Any) -> None:
    secret = decode_base58("z" + case["privateKeyBytesBase58"]).hex()
    assert PrivateKey.from_hex(secret, "p256").did_key == case["publicDidKey"]


@pytest.mark.parametrize("curve", CURVES)
def test_a_key_verifies_what_it_signed_and_nothing_else(curve: Curve) -> None:
    key = PrivateKey.generate(curve)
    signature = key.sign(b"message")
    assert len(signature) == 64
    assert key.public.verify(b"message", signature)
    assert not key.public.verify(b"massage", signature)
    assert not key.public.verify(b"message", signature[:-1])
    assert not PrivateKey.generate(curve).public.verify(b"message", signature)


@pytest.mark.parametrize("curve", CURVES)
def test_every_signature_has_a_low_s_and_its_high_twin_is_refused(curve: Curve) -> None:
    order = K256_ORDER if curve == "k256" else P256_ORDER
    key = PrivateKey.generate(curve)
    for number in range(20):
        data = number.to_bytes(4)
        signature = key.sign(data)
        s = int.from_bytes(signature[32:])
        assert s <= order // 2
        assert not key.public.verify(data, signature[:32] + (order - s).to_bytes(32))


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, bytes(32) + b"\x01" * 32, b"\xff" * 32 + b"\x01" * 32])
def test_impossible_signatures_are_refused(curve: Curve, signature: bytes) -> None:
    assert not PrivateKey.generate(curve).public.verify(b"message", signature)


@pytest.mark.parametrize("curve", CURVES)
def test_a_key_comes_back_from_each_of_its_forms(curve: Curve) -> None:
    key = PrivateKey.generate(curve)
    assert PublicKey.from_did_key(key.did_key) == key.public
    assert PublicKey.from_multibase(key.public.multibase) == key.public
    again = PrivateKey.from_hex(key.hex(), curve)
    assert again.public == key.public
    assert again.sign(b"x") == key.sign(b"x")


def test_a_secret_does_not_show_in_repr() -> None:
    key = PrivateKey.from_hex("11" * 32)
    assert "1111" not in repr(key)


@pytest.mark.parametrize(
    "text", ["", "did:key:", "did:key:zabc", "did:plc:z123", "did:key:z0OIl", "did:key:f00", "did:key:z" + "1" * 500]
)
def test_text_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(Rejected):
        PublicKey.from_did_key(text)


@pytest.mark.parametrize("text", ["", "00" * 32, "ff" * 32, "11" * 31, "zz" * 32])
def test_a_secret_outside_the_curve_is_refused(text: str) -> None:
    with pytest.raises(Rejected) as error:
        PrivateKey.from_hex(text)
    assert "zz" not in str(error.value)
