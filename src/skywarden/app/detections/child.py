"""Run the child that computes a window, and read what it made."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pyarrow as pa

from skywarden.app.child import die_with_parent
from skywarden.app.detections.order import Order, Said
from skywarden.kernel.errors import Rejected

Progress = Callable[[str], None]

_ALONE = threading.Lock()
"""One child at a time: two would take both cores from the live stream."""


def computed(order: Order, progress: Progress) -> Said:
    """Have the order carried out; `progress` hears each stage. Raises: Rejected, with the child's own words."""
    command = [sys.executable, "-m", "skywarden.app.detections.work", msgspec.json.encode(order).decode()]
    last = Said("failed", error="it said nothing")
    with (
        _ALONE,
        subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=die_with_parent) as child,  # noqa: S603 - ours
    ):
        assert child.stdout is not None
        for line in child.stdout:
            last = msgspec.json.decode(line, type=Said)
            progress(last.stage)
    if last.stage != "done":
        words = last.error or f"ended with {child.returncode} while {last.stage}"
        raise Rejected("job failed", place=f"{order.job} {order.window}", found=words)
    return last


def made(order: Order, name: str) -> pa.Table:
    """One file of the child's."""
    with pa.OSFile(str(Path(order.out) / f"{name}.arrow"), "rb") as file:
        return pa.ipc.open_file(file).read_all()
