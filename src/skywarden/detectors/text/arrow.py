"""Turn Arrow string arrays into the plain buffers that kernels read, and buffers into arrays, without copies."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int32]

_NOTHING = np.zeros(1, np.uint8)
_NO_OFFSETS = np.zeros(1, np.int32)


def text_buffers(array: pa.StringArray) -> tuple[Bytes, Offsets]:
    """The bytes of all texts and where each begins and ends.

    Shape: n texts -> data, n + 1 offsets into it. A null's span means nothing. Never writable, so that kernels are
    compiled for one kind of array only.
    """
    _, offsets, data = array.buffers()
    at = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1] if len(array) else _NO_OFFSETS
    raw = np.frombuffer(data, np.uint8) if data is not None and data.size else _NOTHING
    raw, at = raw.view(), at.view()
    raw.flags.writeable = at.flags.writeable = False
    return raw, at


def text_array(data: Bytes, offsets: Offsets, nulls_of: pa.StringArray) -> pa.StringArray:
    """An array of texts from buffers, null where `nulls_of` is. Shape: n + 1 offsets; the first is 0."""
    validity = nulls_of.is_valid().buffers()[1] if nulls_of.null_count else None
    return pa.StringArray.from_buffers(
        len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data), validity, nulls_of.null_count
    )


def known_text_array(data: Bytes, offsets: Offsets, known: npt.NDArray[np.bool_]) -> pa.StringArray:
    """An array of texts from buffers, null where not `known`. Shape: n + 1 offsets, the first 0; n flags."""
    validity = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.StringArray.from_buffers(len(known), pa.py_buffer(offsets), pa.py_buffer(data), validity)
