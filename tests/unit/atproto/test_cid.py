"""CIDs: version 1, sha-256, DAG-CBOR or raw."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_data import INTEROP, line_cases
from skywarden.atproto.cid import DAG_CBOR, RAW, cid_bytes_of, cid_parse, cid_text
from skywarden.kernel.errors import Rejected


@given(st.binary(), st.sampled_from([RAW, DAG_CBOR]))
def test_text_and_bytes_are_one(block: bytes, codec: int) -> None:
    raw = cid_bytes_of(block, codec)
    assert len(raw) == 36
    assert cid_parse(cid_text(raw)) == raw


def test_the_known_cid_of_an_empty_map() -> None:
    assert cid_text(cid_bytes_of(b"\xa0")) == "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua"


GOOD = cid_text(cid_bytes_of(b"x"))
BAD_TEXT = {
    "nothing": "",
    "CIDv0": "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n",
    "capitals": GOOD.upper(),
    "cut": GOOD[:-1],
    "longer": GOOD + "a",
    "unused bits set": GOOD[:-1] + ("f" if GOOD[-1] == "e" else "b"),
    "not base32": GOOD[:-1] + "1",
    "other script": GOOD[:-1] + "ä",
    "dag-pb": "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
}


@pytest.mark.parametrize("name", BAD_TEXT)
def test_other_text_is_refused(name: str) -> None:
    with pytest.raises(Rejected):
        cid_parse(BAD_TEXT[name])


@pytest.mark.parametrize("text", line_cases(INTEROP / "syntax" / "cid_syntax_invalid.txt"))
def test_official_invalid_cids_are_refused(text: str) -> None:
    with pytest.raises(Rejected):
        cid_parse(text)


@pytest.mark.parametrize(
    "raw", [b"", b"\x12\x20" + bytes(32), b"\x01\x70\x12\x20" + bytes(32), b"\x01\x71\x12\x20" + bytes(33)]
)
def test_other_bytes_have_no_text(raw: bytes) -> None:
    with pytest.raises(Rejected):
        cid_text(raw)
