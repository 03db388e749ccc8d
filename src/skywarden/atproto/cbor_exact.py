"""Read and write DAG-CBOR byte by byte: slow, strict, and exact about what is wrong and where.

`cbor.py` answers ordinary input faster; whatever it doubts it hands here, so this file is the definition.
"""

from skywarden.atproto.cid import CID_BYTES, is_cid_bytes
from skywarden.atproto.node import Link, Node
from skywarden.kernel.errors import Rejected

MAX_DEPTH = 32
MAX_ELEMENTS = 131_072
MAX_KEY_BYTES = 8_192
INT_MIN = -(2**63)
INT_MAX = 2**63 - 1

_UINT, _NEGINT, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_LINK_TAG = 42
_CONSTANTS: dict[int, Node] = {20: False, 21: True, 22: None}
_ARGUMENT_BYTES = {24: 1, 25: 2, 26: 4, 27: 8}
_LEAST_ARGUMENT = {24: 24, 25: 1 << 8, 26: 1 << 16, 27: 1 << 32}


class ExactReader:
    """A cursor over one buffer; `at` is the next byte to read."""

    __slots__ = ("_data", "_elements", "at")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self._data = data
        self._elements = 0
        self.at = at

    def item(self, depth: int = 0) -> Node:
        """Read one item; `depth` counts the containers around it.

        Raises: Rejected for whatever atproto's form of DAG-CBOR does not allow.
        """
        start = self.at
        major, argument = self._head()
        if major <= _NEGINT:
            return self._integer(start, argument if major == _UINT else -1 - argument)
        if major == _BYTES:
            return self._take(argument)
        if major == _TEXT:
            return self._text(argument)
        if major == _ARRAY:
            self._enter(start, argument, depth)
            return [self.item(depth + 1) for _ in range(argument)]
        if major == _MAP:
            self._enter(start, 2 * argument, depth)
            return self._map(argument, depth)
        if major == _TAG:
            return self._link(start, argument)
        return self._constant(start, argument)

    def _head(self) -> tuple[int, int]:
        start = self.at
        first = self._take(1)[0]
        major, info = first >> 5, first & 31
        if info < 24:
            return major, info
        if info not in _ARGUMENT_BYTES:
            raise _bad("indefinite", start, "a definite length", f"byte 0x{first:02x}")
        argument = int.from_bytes(self._take(_ARGUMENT_BYTES[info]))
        if major == _SIMPLE:
            raise _bad("float" if info > 24 else "simple", start, "true, false or null", f"byte 0x{first:02x}")
        if argument < _LEAST_ARGUMENT[info]:
            raise _bad("non-minimal", start, "the shortest form", f"{argument} in {_ARGUMENT_BYTES[info]} bytes")
        return major, argument

    def _take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self._data):
            raise _bad("truncated", self.at, f"{count} more bytes", f"{len(self._data) - self.at}")
        piece = self._data[self.at : end]
        self.at = end
        return piece

    def _integer(self, start: int, value: int) -> int:
        if not INT_MIN <= value <= INT_MAX:
            raise _bad("integer-range", start, "a signed 64-bit integer", str(value))
        return value

    def _text(self, count: int) -> str:
        start = self.at
        try:
            return self._take(count).decode()
        except UnicodeDecodeError as error:
            raise _bad("utf8", start + error.start, "valid UTF-8", error.reason) from error

    def _enter(self, start: int, count: int, depth: int) -> None:
        if depth >= MAX_DEPTH:
            raise _bad("too-deep", start, f"at most {MAX_DEPTH} containers in one another", "more")
        if count > len(self._data) - self.at:
            raise _bad("truncated", start, f"room for {count} elements", f"{len(self._data) - self.at} bytes")
        self._elements += count
        if self._elements > MAX_ELEMENTS:
            raise _bad("too-many-elements", start, f"at most {MAX_ELEMENTS} elements", f"{self._elements} or more")

    def _map(self, count: int, depth: int) -> dict[str, Node]:
        result: dict[str, Node] = {}
        previous: tuple[int, bytes] = (-1, b"")
        for _ in range(count):
            start = self.at
            key = self._key()
            rank = (len(key), key)
            if rank <= previous:
                reason = "key-duplicate" if rank == previous else "key-order"
                raise _bad(reason, start, "keys sorted by length, then bytes, each once", repr(key[:60]))
            previous = rank
            result[key.decode()] = self.item(depth + 1)
        return result

    def _key(self) -> bytes:
        start = self.at
        major, count = self._head()
        if major != _TEXT:
            raise _bad("key-type", start, "a text key", f"major type {major}")
        if count > MAX_KEY_BYTES:
            raise _bad("key-length", start, f"a key of at most {MAX_KEY_BYTES} bytes", str(count))
        return self._text(count).encode()

    def _link(self, start: int, tag: int) -> Link:
        if tag != _LINK_TAG:
            raise _bad("tag", start, "tag 42 (a link)", str(tag))
        major, count = self._head()
        if major != _BYTES:
            raise _bad("link", start, "a byte string behind tag 42", f"major type {major}")
        raw = self._take(count)
        if len(raw) != CID_BYTES + 1 or raw[0] != 0 or not is_cid_bytes(raw[1:]):
            raise _bad("link", start, "0x00 and a CIDv1 (dag-cbor or raw, sha-256)", raw[:48].hex())
        return Link(raw[1:])

    def _constant(self, start: int, info: int) -> Node:
        if info not in _CONSTANTS:
            raise _bad("simple", start, "true, false or null", f"simple value {info}")
        return _CONSTANTS[info]


def encode_exact(value: object, depth: int = 0) -> bytes:
    """Write one value in canonical form.

    Raises: Rejected for a value that atproto's data model does not know, naming its type.
    """
    if value is None or isinstance(value, bool):
        return b"\xf6" if value is None else (b"\xf5" if value else b"\xf4")
    if isinstance(value, int):
        if not INT_MIN <= value <= INT_MAX:
            raise _unencodable("a signed 64-bit integer", str(value)[:40])
        return _head_bytes(_UINT, value) if value >= 0 else _head_bytes(_NEGINT, -1 - value)
    if isinstance(value, str):
        return _encode_text(value)
    if isinstance(value, Link):
        if not is_cid_bytes(value):
            raise _unencodable("a link of 36 bytes", value[:48].hex())
        return b"\xd8\x2a\x58\x25\x00" + value
    if isinstance(value, bytes):
        return _head_bytes(_BYTES, len(value)) + value
    return _encode_container(value, depth)


def _encode_container(value: object, depth: int) -> bytes:
    if depth >= MAX_DEPTH:
        raise _unencodable(f"at most {MAX_DEPTH} containers in one another", "more")
    if isinstance(value, list):
        return _head_bytes(_ARRAY, len(value)) + b"".join(encode_exact(item, depth + 1) for item in value)
    if isinstance(value, dict):
        pairs = sorted(((_key_bytes(key), item) for key, item in value.items()), key=lambda pair: pair[0])
        parts = [_head_bytes(_TEXT, rank) + key + encode_exact(item, depth + 1) for (rank, key), item in pairs]
        return _head_bytes(_MAP, len(parts)) + b"".join(parts)
    raise _unencodable("null, bool, int, str, bytes, Link, list or dict", type(value).__name__)


def _key_bytes(key: object) -> tuple[int, bytes]:
    if not isinstance(key, str):
        raise _unencodable("text keys", type(key).__name__)
    raw = _utf8(key)
    if len(raw) > MAX_KEY_BYTES:
        raise _unencodable(f"keys of at most {MAX_KEY_BYTES} bytes", str(len(raw)))
    return len(raw), raw


def _encode_text(value: str) -> bytes:
    raw = _utf8(value)
    return _head_bytes(_TEXT, len(raw)) + raw


def _utf8(value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise _unencodable("text without lone surrogates", f"{value[error.start]!r} at {error.start}") from error


def _head_bytes(major: int, argument: int) -> bytes:
    top = major << 5
    if argument < 24:
        return bytes((top | argument,))
    for info, width in _ARGUMENT_BYTES.items():
        if argument < 1 << (8 * width):
            return bytes((top | info,)) + argument.to_bytes(width)
    raise _unencodable("a 64-bit length", str(argument))


def _bad(what: str, at: int, expected: str, found: str) -> Rejected:
    return Rejected(f"cbor-{what}", place=f"byte {at}", expected=expected, found=found)


def _unencodable(expected: str, found: str) -> Rejected:
    return Rejected("cbor-unencodable", expected=expected, found=found)
