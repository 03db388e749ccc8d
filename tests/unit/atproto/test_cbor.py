"""DAG-CBOR as atproto allows it: what is canonical goes through unchanged, everything else is refused by name."""

import base64
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_data import INTEROP, ROOT, json_cases
from skywarden.atproto import cbor
from skywarden.atproto.cbor_exact import ExactReader, encode_exact
from skywarden.atproto.cid import RAW, cid_bytes_of, cid_text
from skywarden.atproto.node import Link, Node
from skywarden.kernel.errors import Rejected

CID = cid_bytes_of(b"x")
LINK = b"\xd8\x2a\x58\x25\x00" + CID

REFUSED = {
    "depth of 33": (b"\x81" * 33 + b"\x01", "cbor-too-deep"),
    "depth of 1,000": (b"\x81" * 1_000 + b"\x01", "cbor-too-deep"),
    "depth of 2 million lists": (b"\x81" * 2_000_000 + b"\x01", "cbor-too-many-elements"),
    "depth of 2 million maps": (b"\xa1\x61a" * 2_000_000 + b"\x01", "cbor-too-many-elements"),
    "list of 2^32": (b"\x9b\x00\x00\x00\x01\x00\x00\x00\x00", "cbor-truncated"),
    "map of 2^62": (b"\xbb\x40" + bytes(7), "cbor-truncated"),
    "bytes of 2^62": (b"\x5b\x40" + bytes(7), "cbor-truncated"),
    "text of 2^62": (b"\x7b\x40" + bytes(7), "cbor-truncated"),
    "a million empty lists": (b"\x9a\x00\x0f\x42\x40" + b"\x80" * 1_000_000, "cbor-too-many-elements"),
    "duplicate key": (b"\xa2\x61a\x01\x61a\x02", "cbor-key-duplicate"),
    "unsorted keys": (b"\xa2\x61b\x01\x61a\x02", "cbor-key-order"),
    "longer key first": (b"\xa2\x62aa\x01\x61b\x02", "cbor-key-order"),
    "integer key": (b"\xa1\x01\x01", "cbor-key-type"),
    "key of 9,000 bytes": (b"\xa1\x79\x23\x28" + b"k" * 9_000 + b"\x01", "cbor-key-length"),
    "integer in too many bytes": (b"\x18\x01", "cbor-non-minimal"),
    "length in too many bytes": (b"\x58\x01a", "cbor-non-minimal"),
    "tag in too many bytes": (b"\xd9\x00\x2a" + LINK[2:], "cbor-non-minimal"),
    "2^63": (b"\x1b\x80" + bytes(7), "cbor-integer-range"),
    "-2^63-1": (b"\x3b\x80" + bytes(7), "cbor-integer-range"),
    "float64": (b"\xfb" + bytes(8), "cbor-float"),
    "float16 NaN": (b"\xf9\x7e\x00", "cbor-float"),
    "float64 NaN": (b"\xfb\x7f\xf8" + bytes(6), "cbor-float"),
    "indefinite list": (b"\x9f\x01\xff", "cbor-indefinite"),
    "indefinite map": (b"\xbf\xff", "cbor-indefinite"),
    "undefined": (b"\xf7", "cbor-simple"),
    "simple value 32": (b"\xf8\x20", "cbor-simple"),
    "two items": (b"\x01\x02", "cbor-trailing-bytes"),
    "nothing": (b"", "cbor-truncated"),
    "a date's tag": (b"\xc1\x00", "cbor-tag"),
    "CIDv0": (b"\xd8\x2a\x58\x23\x00\x12\x20" + bytes(32), "cbor-link"),
    "CID without its null byte": (b"\xd8\x2a\x58\x24" + CID, "cbor-link"),
    "CID of another hash": (b"\xd8\x2a\x58\x25\x00\x01\x71\x1e\x20" + bytes(32), "cbor-link"),
    "link of text": (b"\xd8\x2a\x61a", "cbor-link"),
    "broken UTF-8": (b"\x62\xc3\x28", "cbor-utf8"),
    "lone surrogate": (b"\x63\xed\xa0\x80", "cbor-utf8"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_input_that_is_not_canonical_is_refused_by_name(name: str) -> None:
    data, reason = REFUSED[name]
    started = time.perf_counter()
    with pytest.raises(Rejected) as error:
        cbor.decode(data)
    assert error.value.reason == reason
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_value_is_refused_inside_a_map_too(name: str) -> None:
    data, _ = REFUSED[name]
    with pytest.raises(Rejected):
        cbor.decode(b"\xa1\x61a" + data)


def test_depth_32_is_allowed() -> None:
    data = b"\x81" * 32 + b"\x01"
    assert cbor.encode(cbor.decode(data)) == data


def test_a_link_and_a_byte_string_with_the_same_bytes_stay_apart() -> None:
    value: dict[str, Node] = {"a": CID, "b": Link(CID)}
    data = cbor.encode(value)
    assert data == b"\xa2\x61a\x58\x24" + CID + b"\x61b" + LINK
    back = cbor.decode_map(data)
    assert type(back["a"]) is bytes
    assert type(back["b"]) is Link


def test_a_byte_string_that_starts_like_a_cid_is_kept() -> None:
    for raw in (b"\x01", b"\x12\x20" + bytes(32), CID + b"tail"):
        assert cbor.decode(cbor.encode({"a": raw})) == {"a": raw}


def test_a_prefix_tells_where_it_ends() -> None:
    assert cbor.decode_prefix(b"\x00\x61a\x01", 1) == ("a", 3)


@pytest.mark.parametrize(
    "value", [1.5, {"a": 1.0}, [(1, 2)], {1: 2}, "\ud800", {"a": "\udc00"}, 2**63, {"a": 1 << 70}, object()]
)
def test_a_value_outside_the_data_model_is_not_encoded(value: object) -> None:
    with pytest.raises(Rejected) as error:
        cbor.encode(value)
    assert error.value.reason == "cbor-unencodable"


values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text()
    | st.binary()
    | st.binary(min_size=3).map(lambda raw: Link(cid_bytes_of(raw, RAW)))
    | st.sampled_from([CID, b"\x01\x71\x12\x20", b"\x12\x20" + bytes(32)]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_every_value_comes_back_and_both_writers_agree(value: Node) -> None:
    data = cbor.encode(value)
    assert data == encode_exact(value)
    back = cbor.decode(data)
    assert back == value
    assert repr(back) == repr(ExactReader(data).item())


@given(values, st.data())
def test_both_readers_agree_on_damaged_input(value: Node, damage: st.DataObject) -> None:
    data = bytearray(cbor.encode(value))
    at = damage.draw(st.integers(0, len(data) - 1))
    data[at] = damage.draw(st.integers(0, 255))
    assert _outcome(bytes(data), exact=False) == _outcome(bytes(data), exact=True)


def _outcome(data: bytes, *, exact: bool) -> str:
    try:
        if not exact:
            return repr(cbor.decode(data))
        reader = ExactReader(data)
        value = reader.item()
        return repr(value) if reader.at == len(data) else "cbor-trailing-bytes"
    except Rejected as error:
        return error.reason


@given(st.binary(max_size=64))
def test_what_is_read_is_written_as_it_was(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except Rejected:
        return
    assert cbor.encode(value) == data


DASL = [
    pytest.param(case, id=f"{name}-{index}", marks=getattr(case, "marks", ()))
    for name in (
        "short_form",
        "floats",
        "cid",
        "integer_range",
        "utf8",
        "indefinite",
        "concat",
        "tags",
        "map_keys",
        "simple",
    )
    for index, case in enumerate(json_cases(ROOT / "interop" / "cbor" / "dasl-cbor" / f"{name}.json"))
]


@pytest.mark.parametrize("case", DASL)
def test_the_dasl_vectors_hold(case: Any) -> None:
    data = bytes.fromhex(case["data"])
    if case["type"] == "roundtrip" and data[0] != 0xFB:  # DRISL has float64; atproto's data model has no floats
        assert cbor.encode(cbor.decode(data)) == data
        return
    with pytest.raises(Rejected):
        cbor.decode(data)


@pytest.mark.parametrize("case", json_cases(ROOT / "interop" / "cbor" / "rfc8949-vectors.json"))
def test_of_the_rfc_vectors_only_canonical_ones_of_the_data_model_are_read(case: Any) -> None:
    data = bytes.fromhex(case["hex"])
    try:
        value = cbor.decode(data)
    except Rejected:
        foreign = data[0] >= 0xC0 and data not in (b"\xf4", b"\xf5", b"\xf6")
        outside = foreign or "canonical" not in case["flags"] or "valid" not in case["flags"]
        too_wide = data[:2] in (b"\x1b\xff", b"\x3b\xff")
        assert outside or too_wide or case["diagnostic"].startswith(("{1:", "[1.", "{_")), case
        return
    assert cbor.encode(value) == data


@pytest.mark.parametrize("case", json_cases(INTEROP / "data-model" / "data-model-fixtures.json"))
def test_the_data_model_fixtures_encode_to_their_bytes_and_cid(case: Any) -> None:
    data = base64.b64decode(case["cbor_base64"] + "==")
    assert cbor.encode(cbor.from_json(case["json"])) == data
    assert cid_text(cid_bytes_of(data)) == case["cid"]
    assert cbor.to_json(cbor.decode(data)) == case["json"]


@pytest.mark.parametrize("case", json_cases(INTEROP / "data-model" / "data-model-valid.json"))
def test_valid_json_of_the_data_model_is_read(case: Any) -> None:
    cbor.encode(cbor.record_from_json(case["json"]))


@pytest.mark.parametrize("case", json_cases(INTEROP / "data-model" / "data-model-invalid.json"))
def test_invalid_json_of_the_data_model_is_refused(case: Any) -> None:
    with pytest.raises(Rejected):
        cbor.record_from_json(case["json"])
