"""Run an assembled program on a frame: columns of the event and other nodes' results in, columns and true rows out."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from skywarden.engine.columns import Bools, Flat, Numbers
from skywarden.engine.operators.contract import Frame
from skywarden.engine.program import opcodes as oc
from skywarden.engine.program.assemble import Assembled, Input
from skywarden.engine.program.registers import BOOL, FLOAT, INT
from skywarden.engine.program.run_kernel import run_blocks

_DTYPES = {BOOL: np.dtype(np.bool_), INT: np.dtype(np.int64), FLOAT: np.dtype(np.float64)}
_KINDS = {BOOL: oc.BYTES, INT: oc.INT64, FLOAT: oc.FLOAT64}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Columns by node; `true` has a row for each conjunction, `some` says which of them are true anywhere."""

    columns: Mapping[int, Flat]
    true: Bools
    some: Sequence[int]


@dataclass(slots=True)
class _Registers:
    ints: oc.Whole
    floats: oc.Real
    known: oc.Bytes
    solid: oc.Whole
    bools: oc.Bytes


_local = threading.local()


def run_program(program: Assembled, frame: Frame, results: Mapping[int, Flat]) -> Outcome:
    """Run it. `results` has every node that the program takes as an input."""
    rows = len(frame)
    keep: list[object] = []
    inputs = np.array([_address(wanted, frame, results, keep) for wanted in program.inputs], np.int64)
    inputs = inputs.reshape(len(program.inputs), oc.INPUT_FIELDS)
    bools, ints, floats = (program.outputs[bank] for bank in (BOOL, INT, FLOAT))
    out_bools = np.empty((len(bools), 2, rows), np.uint8)
    out_ints, out_floats = np.empty((len(ints), rows), np.int64), np.empty((len(floats), rows), np.float64)
    out_known = np.empty((len(ints) + len(floats), rows), np.uint8)
    true, some = np.empty((program.truths, rows), np.uint8), np.zeros(program.truths, np.uint8)
    room = _registers(program)
    run_blocks(
        program.code,
        program.whole,
        program.real,
        inputs,
        room.ints,
        room.floats,
        room.known,
        room.solid,
        room.bools,
        out_bools,
        out_ints,
        out_floats,
        out_known,
        true,
        some,
        rows,
    )
    del keep
    columns = {
        number: Flat(made[0].view(np.bool_), made[1].view(np.bool_))
        for number, made in zip(bools, out_bools, strict=True)
    }
    known = out_known.view(np.bool_)
    columns |= {number: Flat(out_ints[at], known[at]) for at, number in enumerate(ints)}
    columns |= {number: Flat(out_floats[at], known[at + len(ints)]) for at, number in enumerate(floats)}
    return Outcome(columns, true.view(np.bool_), some.tolist())


def _registers(program: Assembled) -> _Registers:
    """Room for the registers: each thread has its own, and keeps it from chunk to chunk."""
    rooms: dict[int, _Registers] | None = getattr(_local, "rooms", None)
    if rooms is None:
        rooms = _local.rooms = {}
    bools, ints, floats = (program.registers[bank] for bank in (BOOL, INT, FLOAT))
    shape = (bools + 1, ints + 1, floats + 1)
    room = rooms.get(hash(shape))
    if room is None:
        numbers = ints + floats + 2
        room = rooms[hash(shape)] = _Registers(
            np.empty((ints + 1, oc.BLOCK), np.int64),
            np.empty((floats + 1, oc.BLOCK), np.float64),
            np.zeros((numbers, oc.BLOCK), np.uint8),  # nothing but 0 and 1 is ever in it
            np.ones(numbers, np.int64),
            np.empty((bools + 1, 2, oc.BLOCK), np.uint8),  # the last is spare
        )
    return room


def _address(wanted: Input, frame: Frame, results: Mapping[int, Flat], keep: list[object]) -> tuple[int, ...]:
    """Where an input is in memory; whatever must live until the program has run is put into `keep`."""
    if wanted.what == "node":
        return _flat_address(results[wanted.number], wanted.bank, keep)
    if wanted.name == "time_us":
        return _location(frame.times_us, keep), oc.INT64, 0, oc.ALL_KNOWN, 0
    array = frame.rows.column(wanted.name)
    buffers = array.buffers()
    keep.append(buffers)
    valid, valid_kind = (buffers[0].address, oc.KNOWN_BITS) if array.null_count else (0, oc.ALL_KNOWN)
    if wanted.what == "valid":
        return 0, oc.BYTES, valid, valid_kind, array.offset
    data = 0 if buffers[1] is None else buffers[1].address
    if wanted.what == "lengths":
        return data + 4 * array.offset, oc.OFFSETS32, valid, valid_kind, array.offset
    if wanted.bank == BOOL:
        return data, oc.BITS, valid, valid_kind, array.offset
    width = array.type.bit_width // 8
    kind = oc.INT8 if width == 1 else _KINDS[wanted.bank]
    return data + width * array.offset, kind, valid, valid_kind, array.offset


def _flat_address(column: Flat, bank: str, keep: list[object]) -> tuple[int, ...]:
    values: Numbers = np.ascontiguousarray(column.values, dtype=_DTYPES[bank])
    valid: Bools = np.ascontiguousarray(column.valid)
    kind = _KINDS[bank] + (oc.ONE if len(values) == 1 else 0)
    valid_kind = oc.KNOWN_BYTES + (oc.ONE if len(valid) == 1 else 0)
    return _location(values, keep), kind, _location(valid, keep), valid_kind, 0


def _location(array: Numbers, keep: list[object]) -> int:
    buffer = pa.py_buffer(array)  # asks less of Python than numpy's own ways to the address
    keep.append(buffer)
    address: int = buffer.address
    return address
