"""Turn the cells of a frame's first row into what the gate is asked."""

import numpy as np

from skywarden.ingest.columnar import layout
from skywarden.ingest.columnar.layout import Ints
from skywarden.ingest.contract import RepoStep
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.model.event import Kind

_CID_BYTES = 36


def step_of(buf: bytes, cells: Ints, frame: bytes) -> RepoStep:
    """Say what the message says about its repository. Shape: cells of one row; `frame` is the whole message."""
    row = cells.tolist()

    def text(column: int) -> str | None:
        start, length = row[column], row[column + 1]
        return None if length < 0 else buf[start : start + length].decode()

    prev_data = row[layout.PREV_DATA]
    kind = Kind(row[layout.KIND])
    return RepoStep(
        kind=kind,
        did=Did(text(layout.DID) or ""),
        time_us=UtcMicros(row[layout.TIME]),
        position=str(row[layout.SEQ]),
        raw=frame,
        rev=text(layout.REV),
        since=text(layout.SINCE),
        prev_data=None if prev_data < 0 else buf[prev_data : prev_data + _CID_BYTES],
        active=row[layout.ACTIVE] == 1 if kind is Kind.ACCOUNT else None,
        status=text(layout.ACCOUNT_STATUS),
    )


def first_rows(frames: Ints) -> dict[int, int]:
    """The first row of each frame, by the frame's number. Shape: frames of all rows, ascending."""
    numbers, rows = np.unique(frames, return_index=True)
    return dict(zip(numbers.tolist(), rows.tolist(), strict=True))
