"""CAR: lengths are checked against what is there, and a block is what its CID says."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywarden.atproto.car import CarFile, find_block, read_car, write_car
from skywarden.atproto.cid import RAW, cid_bytes_of
from skywarden.kernel.errors import Rejected

A, B = b"\xa1\x61a\x01", b"\xa1\x61b" + b"\x78\xc8" + b"b" * 200
CID_A, CID_B = cid_bytes_of(A), cid_bytes_of(B)
CAR = write_car(CID_A, [(CID_A, A), (CID_B, B)])
HEADER = CAR[:59]


def section(cid: bytes, block: bytes) -> bytes:
    return bytes((36 + len(block),)) + cid + block


def test_what_is_written_is_read() -> None:
    car = read_car(CAR)
    assert car.roots == (CID_A,)
    assert car.blocks == {CID_A: A, CID_B: B}
    assert car.block(CID_B) == B


def test_a_block_can_be_found_without_reading_the_others() -> None:
    assert find_block(CAR, CID_A) == A
    assert find_block(CAR, CID_B) == B


def test_a_block_is_found_behind_a_link_to_it() -> None:
    parent = b"\xa1\x61c\xd8\x2a\x58\x25\x00" + CID_B
    car = write_car(cid_bytes_of(parent), [(cid_bytes_of(parent), parent), (CID_B, B)])
    assert find_block(car, CID_B) == B


def test_a_block_is_found_after_one_that_ends_in_a_high_byte() -> None:
    noise = b"\xff\x80\x80"
    car = write_car(CID_B, [(cid_bytes_of(noise, RAW), noise), (CID_A, A), (CID_B, B)])
    assert find_block(car, CID_A) == A
    assert find_block(car, CID_B) == B


def test_a_block_that_is_not_there_is_not_found() -> None:
    with pytest.raises(Rejected) as error:
        find_block(CAR, cid_bytes_of(b"other"))
    assert error.value.reason == "car-block-missing"


@given(st.integers(59 + 1 + 36, len(CAR) - 1), st.integers(1, 255))
def test_one_changed_byte_of_a_block_is_refused_by_all_readers(at: int, change: int) -> None:
    broken = bytearray(CAR)
    broken[at] ^= change
    if at == 59 + 1 + 36 + len(A) or at in range(59 + 1 + 36 + len(A), 59 + 1 + 36 + len(A) + 38):
        return  # a length or a CID, not a block
    cid = CID_A if at < 59 + 1 + 36 + len(A) else CID_B
    with pytest.raises(Rejected):
        read_car(bytes(broken))
    with pytest.raises(Rejected):
        find_block(bytes(broken), cid)
    with pytest.raises(Rejected):
        read_car(bytes(broken), verify_hashes=False).block(cid)


BAD = {
    "nothing": (b"", "car-varint"),
    "header longer than the file": (b"\x7f\xa2", "car-header"),
    "header of no length": (b"\x00", "car-header"),
    "header that is no map": (b"\x01\x01", "cbor-not-a-map"),
    "version 2": (HEADER[:-1] + b"\x02", "car-header"),
    "no roots": (b"\x11\xa2\x65roots\x80\x67version\x01", "car-header"),
    "length 2^62": (HEADER + b"\x80" * 8 + b"\x40", "car-truncated"),
    "length of ten bytes": (HEADER + b"\xff" * 9 + b"\x01", "car-varint"),
    "length in too many bytes": (HEADER + b"\xa8\x00" + CID_A + A, "car-varint"),
    "length that breaks off": (HEADER + b"\x80", "car-varint"),
    "section that breaks off": (CAR[:-1], "car-truncated"),
    "section shorter than a CID": (HEADER + b"\x04" + CID_A[:4], "car-cid"),
    "empty section": (HEADER + b"\x00", "car-cid"),
    "CIDv0": (HEADER + b"\x26\x12\x20" + bytes(36), "car-cid"),
    "false CID": (HEADER + section(CID_B, A), "car-block-hash"),
    "truncated header varint": (b"\x80", "car-varint"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_malformed_car_is_refused_by_name(name: str, tmp_path: Path) -> None:
    data, reason = BAD[name]
    with pytest.raises(Rejected) as error:
        read_car(data)
    assert error.value.reason == reason
    path = tmp_path / "x.car"
    path.write_bytes(data)
    with pytest.raises(Rejected), CarFile(path) as car:
        list(car.values())


def test_a_car_past_the_size_is_refused_unread() -> None:
    with pytest.raises(Rejected) as error:
        read_car(CAR, max_bytes=len(CAR) - 1)
    assert error.value.reason == "car-too-large"


def test_a_false_block_is_refused_when_it_is_used_if_hashes_are_checked_late() -> None:
    car = read_car(HEADER + section(CID_B, A), verify_hashes=False)
    with pytest.raises(Rejected) as error:
        car.block(CID_B)
    assert error.value.reason == "car-block-hash"


def test_a_repeated_block_is_harmless() -> None:
    assert read_car(HEADER + section(CID_A, A) * 2).blocks == {CID_A: A}


def test_a_file_is_a_mapping_of_checked_blocks(tmp_path: Path) -> None:
    path = tmp_path / "x.car"
    path.write_bytes(CAR)
    with CarFile(path) as car:
        assert dict(car) == {CID_A: A, CID_B: B}
        assert car.roots == (CID_A,)
