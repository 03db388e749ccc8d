"""Read how much memory a process tree holds."""

import os
from collections.abc import Iterable
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGESIZE")


def resident_mb(pids: Iterable[int]) -> float:
    """Sum the resident sets of some processes; one that has ended counts as nothing. Units: 10^6 bytes."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/statm").read_text().split()
        except FileNotFoundError:
            continue
        total += int(fields[1]) * _PAGE_BYTES
    return total / 1e6
