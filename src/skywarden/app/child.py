"""Start a child process that says in one JSON line that it is ready, and end it with its parent."""

import ctypes
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from skywarden.kernel.errors import Broken

_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Child:
    """A running child; `ready` is what its first line said."""

    process: subprocess.Popen[bytes]
    ready: dict[str, Any]

    def stop(self, timeout_s: float) -> None:
        """Ask it to end, then make it."""
        self.process.terminate()
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def start_module(module: str, arguments: Sequence[str]) -> Child:
    """Run `python -m module arguments` and wait for its first line on stdout.

    Raises: Broken, when it ends before it is ready; its own words are on stderr.
    """
    process = subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, preexec_fn=die_with_parent
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.stdout.close()
        raise Broken(f"{module} ended before it was ready, with exit code {process.wait()}; its words are above")
    return Child(process, json.loads(line))


def die_with_parent() -> None:
    """Linux: have the kernel end this process when its parent dies, kill -9 included."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
