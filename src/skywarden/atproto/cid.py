"""Turn blocks into content identifiers and back into text: CIDv1, sha-256, codec DAG-CBOR or raw, nothing else."""

from hashlib import sha256
from typing import Final

import libipld

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Cid

RAW = 0x55
DAG_CBOR = 0x71

CID_BYTES = 36
DAG_CBOR_PREFIX = b"\x01\x71\x12\x20"
RAW_PREFIX = b"\x01\x55\x12\x20"
CID_PREFIXES = frozenset((DAG_CBOR_PREFIX, RAW_PREFIX))

_TEXT_CHARS = 59
CID_PATTERN: Final = r"baf[yk]rei[a-h][a-z2-7]{50}[aeimquy4]"
"""Exactly what `cid_parse` takes: the last character has two unused bits, which are zero."""
_PREFIX_OF_CODEC = {RAW: RAW_PREFIX, DAG_CBOR: DAG_CBOR_PREFIX}


def cid_bytes_of(block: bytes, codec: int = DAG_CBOR) -> bytes:
    """Name a block by its hash."""
    return _PREFIX_OF_CODEC[codec] + sha256(block).digest()


def is_cid_bytes(raw: bytes) -> bool:
    """Tell whether these are the bytes of a CID that atproto allows."""
    return len(raw) == CID_BYTES and raw[:4] in CID_PREFIXES


def is_block_of(block: bytes, cid: bytes) -> bool:
    """Tell whether `cid` really names `block`."""
    return sha256(block).digest() == cid[4:]


def cid_text(raw: bytes) -> Cid:
    """Write a CID as base32 text, "b...".

    Raises: Rejected when `raw` is no CID that atproto allows.
    """
    if not is_cid_bytes(raw):
        raise Rejected("cid-unsupported", expected="36 bytes of a CIDv1 with sha-256", found=raw[:40].hex())
    return Cid(libipld.encode_cid(raw))


def cid_parse(text: str) -> bytes:
    """Read the base32 text of a CID to its 36 bytes.

    Raises: Rejected for CIDv0, other bases, codecs or hashes, and for text with unused bits that are not zero.
    """
    if len(text) != _TEXT_CHARS or not text.startswith("b") or not text.isascii():
        raise _bad_text(text)
    try:
        _, raw = libipld.decode_multibase(text)
    except ValueError as error:
        raise _bad_text(text) from error
    if not is_cid_bytes(raw) or libipld.encode_cid(raw) != text:
        raise _bad_text(text)
    return bytes(raw)


def _bad_text(text: str) -> Rejected:
    return Rejected(
        "cid-syntax", expected='"b" and 58 base32 characters of a CIDv1 with sha-256', found=repr(text[:80])
    )
