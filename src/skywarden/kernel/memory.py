"""Tell the C library to keep memory that was freed, instead of giving it back to the system."""

import ctypes

# Of glibc's malloc.h.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_KEPT_BYTES = 1 << 30
_MORE_BYTES = 1 << 26
_LARGE_BYTES = 1 << 25
"""The largest that glibc takes as the limit from which memory is always the system's own."""


def keep_freed_memory() -> bool:
    """Let this process use freed memory again, up to a gigabyte; False where the C library is another one.

    Columns and tables come and go by the megabyte. Each page that the system gives anew is cleared first, and on a
    virtual machine that has given it back the host has to find it again: up to 18 us for 4 kB.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    limits = {_MMAP_THRESHOLD: _LARGE_BYTES, _TRIM_THRESHOLD: _KEPT_BYTES, _TOP_PAD: _MORE_BYTES}
    taken = [mallopt(limit, size) for limit, size in limits.items()]
    return taken == [1] * len(taken)
