"""Keep a warehouse in a process of its own that kills itself after so many steps: FOLDER STEPS."""

import os
import signal
import sys
from pathlib import Path

_TESTS = Path(__file__).parents[1]  # in the place of this folder, whose platform.py hides the library's
sys.path[:1] = [str(_TESTS), str(_TESTS.parent / "src")]


def main(folder: Path, steps: int) -> None:
    """Never returns, unless the work needs fewer steps."""
    from skywarden.kernel.clock import ManualClock
    from skywarden.warehouse import Store
    from warehouse_rows import keep

    left = [steps]

    def die(_step: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    keep(Store(folder, ManualClock(), grace_s=0, seam=die))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
