"""Turn rows of the label table into stream frames without making labels of them: replay is bound by this file.

The bytes are those of `wire.label_frame`, which a test holds against this; only the order of the map's keys (by length,
then by bytes: cid cts exp neg sig src uri val ver) is known here as well.
"""

import functools

from skywarden.atproto.cbor import encode
from skywarden.atproto.keys import SIGNATURE_BYTES
from skywarden.kernel.ids import Seq
from skywarden.labels.recent import StreamFrame

_START = encode({"op": 1, "t": "#labels"}) + b"\xa2cseq"
_UINT, _BYTES, _TEXT = 0x00, 0x40, 0x60
_FIXED_FIELDS = 6
"""cts, sig, src, uri, val and ver are always there."""


def _head(major: int, number: int) -> bytes:
    """A CBOR head in its shortest form."""
    if number < 24:
        return bytes((major | number,))
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * size):
            return bytes((major | extra,)) + number.to_bytes(size, "big")
    raise OverflowError(number)


_TEXT_HEADS = tuple(_head(_TEXT, length) for length in range(4_096))
_SIG = b"csig" + _head(_BYTES, SIGNATURE_BYTES)
_LABELS = tuple(b"flabels\x81" + _head(0xA0, count) for count in range(10))


def row_frame(
    seq: int, src: str, uri: str, cid: str | None, val: str, neg: bool, cts: str, exp: str | None, sig: bytes
) -> StreamFrame:
    """One label as a subscribeLabels message."""
    fields = _FIXED_FIELDS
    before = end = negation = b""
    if cid is not None:
        fields, before = fields + 1, b"ccid" + _text(cid)
    if exp is not None:
        fields, end = fields + 1, b"cexp" + _text(exp)
    if neg:
        fields, negation = fields + 1, b"cneg\xf5"
    time, subject = cts.encode(), uri.encode()
    data = b"".join(
        (
            _START,
            _head(_UINT, seq),
            _LABELS[fields],
            before,
            b"ccts",
            _TEXT_HEADS[len(time)],
            time,
            end,
            negation,
            _SIG,
            sig,
            b"csrc",
            _repeated(src),
            b"curi",
            _TEXT_HEADS[len(subject)],
            subject,
            b"cval",
            _repeated(val),
            b"cver\x01",
        )
    )
    return StreamFrame(Seq(seq), data)


def _text(value: str) -> bytes:
    data = value.encode()
    return _TEXT_HEADS[len(data)] + data


_repeated = functools.lru_cache(maxsize=1_024)(_text)
"""For what most labels share: their source and their few values."""
