"""Signatures are those that every other implementation makes and accepts."""

import json
from pathlib import Path

import libipld
import pytest
from atproto_crypto.verify import verify_signature
from hypothesis import given
from hypothesis import strategies as st

from skywarden.atproto.cbor import to_json
from skywarden.atproto.keys import PrivateKey, PublicKey
from skywarden.atproto.syntax.datetime import datetime_text
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Cid, Did, UtcMicros
from skywarden.labels.sign import sign_label, signing_bytes, verify_label
from skywarden.labels.wire import label_from_json, label_json, verify_label_json
from skywarden.model.label import Label

VECTORS = Path(__file__).parents[4] / "shared" / "data" / "labels" / "label_signature_vectors.json"
K256 = PrivateKey.from_hex("22" * 32)
P256 = PrivateKey.from_hex("22" * 32, "p256")

moments = st.integers(0, 4_102_444_800_000_000).map(UtcMicros)
labels = st.builds(
    Label,
    src=st.just(Did("did:plc:labeler")),
    uri=st.from_regex(r"at://did:plc:[a-z2-7]{24}/app\.bsky\.feed\.post/[a-z2-7]{13}", fullmatch=True),
    val=st.from_regex(r"[a-z][a-z-]{0,20}[a-z]", fullmatch=True),
    cts=moments.map(datetime_text),
    cid=st.none() | st.just(Cid("bafyreifxykqhed72s26cr4i64rxvrtofeqrly3j4vjzbkvo3ckkjbxjqtq")),
    neg=st.booleans(),
    exp=st.none() | moments.map(datetime_text),
)
PLAIN = Label(Did("did:plc:labeler"), "did:plc:someone", "spam", "2024-10-23T17:51:19.128Z")


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared label vectors are not beside this checkout")
def test_the_vectors_of_other_implementations_hold() -> None:
    for vector in json.loads(VECTORS.read_text())["vectors"]:
        label = verify_label_json(vector["label"], PublicKey.from_did_key(vector["key"]))
        if "signing_bytes_hex" in vector:
            assert signing_bytes(label).hex() == vector["signing_bytes_hex"]
        assert label_json(label) == vector["label"]


@given(labels, st.sampled_from([K256, P256]))
def test_what_we_sign_a_foreign_implementation_verifies(label: Label, key: PrivateKey) -> None:
    signed = sign_label(label, key)
    assert signed.sig is not None
    foreign = {name: value for name, value in label_json(signed).items() if name != "sig"}
    assert verify_signature(key.did_key, libipld.encode_dag_cbor(foreign), signed.sig)


@pytest.mark.parametrize("count", [1_000, pytest.param(100_000, marks=pytest.mark.full)])
def test_every_one_of_our_labels_verifies_under_a_foreign_implementation(count: int) -> None:
    for number in range(count):
        signed = sign_label(Label(PLAIN.src, f"did:plc:account{number}", "spam", PLAIN.cts), K256)
        assert signed.sig is not None
        foreign = {name: value for name, value in label_json(signed).items() if name != "sig"}
        assert verify_signature(K256.did_key, libipld.encode_dag_cbor(foreign), signed.sig)


def test_a_negation_that_is_false_belongs_to_the_signed_bytes_only_where_it_is_given() -> None:
    ours = label_json(sign_label(PLAIN, K256))
    with pytest.raises(Rejected, match="label-signature"):
        verify_label_json(ours | {"neg": False}, K256.public)
    fields = {name: value for name, value in ours.items() if name != "sig"} | {"neg": False}
    theirs = fields | {"sig": to_json(K256.sign(libipld.encode_dag_cbor(fields)))}
    assert verify_label_json(theirs, K256.public).neg is False


@given(labels)
def test_a_label_survives_json(label: Label) -> None:
    signed = sign_label(label, K256)
    assert label_from_json(json.loads(json.dumps(label_json(signed)))) == signed
    verify_label(signed, K256.public)


def test_a_signature_is_64_bytes_with_low_s() -> None:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    for number in range(64):
        sig = sign_label(Label(PLAIN.src, f"did:plc:a{number}", "spam", PLAIN.cts), K256).sig
        assert sig is not None
        assert len(sig) == 64
        assert int.from_bytes(sig[32:]) <= order // 2


def test_absent_fields_are_not_signed_as_null_or_false() -> None:
    assert libipld.decode_dag_cbor(signing_bytes(PLAIN)) == {
        "ver": 1,
        "src": "did:plc:labeler",
        "uri": "did:plc:someone",
        "val": "spam",
        "cts": "2024-10-23T17:51:19.128Z",
    }


def test_the_signature_of_a_label_is_not_part_of_what_is_signed() -> None:
    assert signing_bytes(sign_label(PLAIN, K256)) == signing_bytes(PLAIN)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("val", "rude"),
        ("uri", "did:plc:other"),
        ("src", "did:plc:other"),
        ("cts", "2024-10-23T17:51:19.129Z"),
        ("neg", True),
        ("exp", "2030-01-01T00:00:00.000Z"),
        ("cid", "bafyreifxykqhed72s26cr4i64rxvrtofeqrly3j4vjzbkvo3ckkjbxjqtq"),
    ],
)
def test_a_label_changed_after_signing_is_rejected(field: str, value: object) -> None:
    tampered = label_json(sign_label(PLAIN, K256)) | {field: value}
    with pytest.raises(Rejected, match="a field was changed after signing"):
        verify_label(label_from_json(tampered), K256.public)


def test_a_high_s_signature_is_rejected() -> None:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    signed = sign_label(PLAIN, K256)
    assert signed.sig is not None
    high = signed.sig[:32] + (order - int.from_bytes(signed.sig[32:])).to_bytes(32)
    with pytest.raises(Rejected, match="low-S"):
        verify_label(
            label_from_json(label_json(signed)).__class__(PLAIN.src, PLAIN.uri, PLAIN.val, PLAIN.cts, sig=high),
            K256.public,
        )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ver": 2}, "label-version"),
        ({"sig": {"$bytes": "AAAA"}}, "label-signature-form"),
        ({"cid": None}, "label-form"),
        ({"exp": None}, "label-form"),
        ({"neg": "yes"}, "label-form"),
        ({"val": 7}, "label-form"),
    ],
)
def test_a_malformed_label_says_what_is_wrong(change: dict[str, object], reason: str) -> None:
    value = label_json(sign_label(PLAIN, K256)) | change
    with pytest.raises(Rejected) as caught:
        verify_label(label_from_json(value), K256.public)
    assert caught.value.reason == reason


@pytest.mark.parametrize("name", ["ver", "src", "uri", "val", "cts"])
def test_a_label_that_lacks_a_required_field_is_malformed(name: str) -> None:
    value = label_json(sign_label(PLAIN, K256))
    del value[name]
    with pytest.raises(Rejected, match=name):
        label_from_json(value)


def test_an_unsigned_label_is_rejected() -> None:
    with pytest.raises(Rejected, match="label-unsigned"):
        verify_label(PLAIN, K256.public)


def test_unknown_fields_and_types_of_others_are_not_signed() -> None:
    value = label_json(sign_label(PLAIN, K256)) | {"$type": "com.atproto.label.defs#label", "extra": 1}
    verify_label(label_from_json(value), K256.public)
