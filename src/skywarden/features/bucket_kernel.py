"""Take tokens from buckets, one bucket a key, in compiled code and whole numbers."""

import numpy as np
import numpy.typing as npt

from skywarden.features.order_kernel import NOBODY, Order, Table, add_key, drop_past, find, has_room, renew
from skywarden.kernel.compiled import entry

Levels = npt.NDArray[np.int64]


@entry
def take_tokens(
    table: Table,
    order: Order,
    levels: Levels,
    rate: Levels,
    keys: npt.NDArray[np.uint64],
    times_us: Levels,
    adds: npt.NDArray[np.bool_],
    limited: npt.NDArray[np.bool_],
    first: int,
) -> int:
    """Do the operations from `first` on; return the one that needs more room, or how many there are.

    Units: a bucket's level is in parts of a token, `per_us` of them to one, so `tokens` parts come in a microsecond.
    Shape: `rate` is tokens, per_us, full level, microseconds to fill.
    """
    tokens, per_us, full, fill_us = rate[0], rate[1], rate[2], rate[3]
    for row in range(first, len(keys)):
        now_us = times_us[row]
        drop_past(table, order, now_us - fill_us)
        number = find(table, keys[row])
        if number == NOBODY and adds[row] and not has_room(order):
            return row
        level = full
        if number != NOBODY:
            level = min(full, levels[number] + (now_us - order.used[number]) * tokens)
        limited[row] = level < per_us
        if adds[row]:
            if number == NOBODY:
                number = add_key(table, order, keys[row], now_us)
            else:
                renew(order, number, now_us)
            levels[number] = level if limited[row] else level - per_us
    return len(keys)
