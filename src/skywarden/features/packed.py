"""Arrays as few bytes: each in the narrowest type that holds its values, whole numbers in runs where they repeat."""

from typing import Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from skywarden.kernel.errors import Broken

Array = npt.NDArray[Any]
_State = TypeVar("_State", bound=msgspec.Struct)


class Packed(msgspec.Struct, frozen=True, array_like=True):
    """One array: how its values are written, and their bytes, little-endian."""

    kind: str
    data: bytes

    def array(self) -> Array:
        """The values, as int64 or as written where they are unsigned 64-bit hashes."""
        values = np.frombuffer(self.data, dtype=np.dtype(self.kind).newbyteorder("<"))
        return values.astype(np.uint64 if values.dtype == np.uint64 else np.int64)


class Runs(msgspec.Struct, frozen=True, array_like=True):
    """An array in which a value mostly stands several times in a row."""

    values: Packed
    lengths: Packed

    def array(self) -> Array:
        """The values, as int64."""
        repeated: Array = np.repeat(self.values.array(), self.lengths.array())
        return repeated


def pack(values: Array) -> Packed:
    """Write an array; uint64 stay as they are, since hashes cannot be narrowed."""
    if values.dtype != np.uint64 and len(values):
        narrow = np.result_type(np.min_scalar_type(values.min()), np.min_scalar_type(values.max()))
        values = values.astype(narrow if narrow.kind in "iu" else np.int64)
        if values.dtype == np.uint64:
            values = values.astype(np.int64)
    return Packed(values.dtype.str, values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes())


def pack_runs(values: Array) -> Runs:
    """Write an array whose values mostly repeat."""
    starts = np.flatnonzero(np.diff(values, prepend=values[:1] - 1))
    return Runs(pack(values[starts]), pack(np.diff(starts, append=len(values))))


class _Envelope(msgspec.Struct, frozen=True, array_like=True):
    """A feature's state with what it is the state of."""

    of: str
    body: msgspec.Raw


def seal(of: str, state: msgspec.Struct) -> bytes:
    """Write a state; `of` names the feature's op and shape, and the version of the format."""
    return msgspec.msgpack.encode(_Envelope(of, msgspec.Raw(msgspec.msgpack.encode(state))))


def unseal(of: str, data: bytes, kind: type[_State]) -> _State:
    """Read a state back. Raises: Broken where it is of another feature or cannot be read."""
    try:
        envelope = msgspec.msgpack.decode(data, type=_Envelope)
        if envelope.of != of:
            raise Broken(f"state of a window: found that of another window, {envelope.of}, where {of} is expected")
        return msgspec.msgpack.decode(envelope.body, type=kind)
    except msgspec.DecodeError as error:
        raise Broken(f"state of a window cannot be read: {error}; remove the snapshot to replay the log") from error
