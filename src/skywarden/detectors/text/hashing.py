"""Turn texts and numbers into keyed 64-bit hashes, the same in every process and on every machine."""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from skywarden.detectors.text.arrow import text_buffers
from skywarden.detectors.text.hash_kernel import Hashes, hash_numbers, hash_spans, join_hashes

KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class HashKey:
    """The key of a keyed hash. Who does not know it cannot choose texts that fall on one value."""

    first: np.uint64
    second: np.uint64

    @classmethod
    def of(cls, secret: bytes) -> "HashKey":
        """Shape: `KEY_BYTES` bytes. Raises: ValueError for another length."""
        if len(secret) != KEY_BYTES:
            raise ValueError(f"hash key: expected {KEY_BYTES} bytes, found {len(secret)}")
        return cls(*(np.uint64(int.from_bytes(secret[at : at + 8], "little")) for at in (0, 8)))

    @property
    def name(self) -> str:
        """What a state says of the hashes it is kept by; the key cannot be told from it."""
        secret = int(self.first).to_bytes(8, "little") + int(self.second).to_bytes(8, "little")
        return "siphash-1-3:" + hashlib.blake2b(secret, digest_size=8, person=b"skywarden-hashes").hexdigest()


DEFAULT_KEY = HashKey.of(b"skywarden hashes")
"""Known to everybody: an operator who fears chosen collisions sets a secret one."""


def hash_texts(array: pa.StringArray, key: HashKey) -> Hashes:
    """Hash each text's UTF-8; what stands for a null means nothing."""
    out = np.empty(len(array), np.uint64)
    hash_spans(*text_buffers(array), key.first, key.second, out)
    return out


def hash_values(values: npt.NDArray[np.int64], key: HashKey) -> Hashes:
    """Hash each number."""
    out = np.empty(len(values), np.uint64)
    hash_numbers(np.ascontiguousarray(values), key.first, key.second, out)
    return out


def hash_pairs(left: Hashes, right: Hashes, key: HashKey) -> Hashes:
    """One hash of two, in this order. Shape: both as long."""
    out = np.empty(len(left), np.uint64)
    join_hashes(np.ascontiguousarray(left), np.ascontiguousarray(right), key.first, key.second, out)
    return out
