"""Run a part of Skywarden in a process of its own, as its user does, and read what it takes of the machine."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skywarden.kernel.errors import Broken

_STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class Child:
    """A running process; `ready` is what its first line on stdout said, as JSON."""

    pid: int
    ready: dict[str, Any]

    def cpu_s(self) -> float:
        """Processor seconds used so far. Source: fields 14 and 15 of proc_pid_stat(5)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mb(self) -> float:
        """Resident memory. Units: 10^6 bytes."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


@contextmanager
def running(module: str, *arguments: str) -> Iterator[Child]:
    """Run `python -m module arguments` within the block. Raises: Broken, when it ends before it is ready."""
    process = subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE)  # noqa: S603 - ours
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise Broken(f"{module} ended before it was ready, with exit code {process.wait()}; its words are above")
        yield Child(process.pid, json.loads(line))
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
