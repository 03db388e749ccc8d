"""Check what a writer hands to the log, the same for every implementation."""

import numpy as np
import pyarrow as pa

from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import UtcMicros


def check_time_order(rows: pa.RecordBatch, last_us: UtcMicros | None) -> UtcMicros | None:
    """Return the partition's clock after these rows.

    Raises: Broken, when `time_us` goes backwards: the writer should have clamped it.
    """
    if rows.num_rows == 0:
        return last_us
    times = rows.column("time_us").to_numpy()
    if last_us is not None and times[0] < last_us:
        raise Broken(f"log append: expected time_us >= {last_us}, found {times[0]}; clamp late events before appending")
    if np.any(np.diff(times) < 0):
        at = int(np.argmax(np.diff(times) < 0)) + 1
        raise Broken(f"log append: row {at} has an earlier time_us than the row before it; clamp late events")
    return UtcMicros(int(times[-1]))
