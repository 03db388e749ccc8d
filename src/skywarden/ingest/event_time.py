"""Turn the times that sources claim into the partition's clock: monotone, and not dragged away by one wrong row.

Crash: the clock starts again from the log's last row. Two writers: one clock a partition.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from skywarden.kernel.clock import SECOND_US, Clock
from skywarden.kernel.ids import UtcMicros

MAX_JUMP_US = 10 * 60 * SECOND_US
"""How far a row may be ahead of both our clock and its own stream before it is held for wrong."""


class EventClock:
    """Clamps late rows up to the clock, and a row from the far future down to it.

    One row of the year 2099 must not stop every window. A row counts as wrong only when it is ahead of our own clock
    and of the middle of its batch and of the stream's own pace, so that a wrong clock of ours changes nothing.
    """

    def __init__(self, clock: Clock, last_us: UtcMicros | None) -> None:
        self._clock = clock
        self._last_us = last_us
        self._pace_s: float | None = None

    def clamp(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Replace `time_us` by times that never go back."""
        if rows.num_rows == 0:
            return rows
        times = self._without_outliers(rows.column("time_us").to_numpy())
        if self._last_us is not None:
            times = np.maximum(times, self._last_us)
        times = np.maximum.accumulate(times)
        self._last_us, self._pace_s = UtcMicros(int(times[-1])), self._clock.monotonic_s()
        at = rows.schema.get_field_index("time_us")
        return rows.set_column(at, rows.schema.field(at), pa.array(times, pa.int64()))

    def place(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Give rows of our own making the stream's present time, which lags when the stream does."""
        if rows.num_rows == 0:
            return rows
        now_us = self._clock.now_us()
        if self._last_us is not None:
            elapsed_s = 0.0 if self._pace_s is None else self._clock.monotonic_s() - self._pace_s
            now_us = UtcMicros(max(self._last_us, min(now_us, self._last_us + round(elapsed_s * SECOND_US))))
        at = rows.schema.get_field_index("time_us")
        times = pa.array([now_us] * rows.num_rows, pa.int64())
        return self.clamp(rows.set_column(at, rows.schema.field(at), times))

    def _without_outliers(self, times: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        if self._last_us is None or self._pace_s is None:
            return times
        elapsed_us = round((self._clock.monotonic_s() - self._pace_s) * SECOND_US)
        highest = max(int(np.median(times)), self._last_us + elapsed_us, self._clock.now_us()) + MAX_JUMP_US
        return np.where(times > highest, self._last_us, times)
