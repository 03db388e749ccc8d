"""Choose where compiled kernels are kept: NUMBA_CACHE_DIR, else a folder of the user's cache named by their sources.

numba notices a change of the file that holds a function, but not of the functions that it calls; with the hash of all
kernels in the folder's name, stale code is never found.
"""

import hashlib
import os
from pathlib import Path

import numba


def use_kernel_cache() -> None:
    """Point numba to the folder, unless somebody chose one. numba itself falls back where it cannot write."""
    if not os.environ.get("NUMBA_CACHE_DIR"):
        numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]  # numba makes it at import


def cache_folder() -> Path:
    """The folder for the kernels as they are now."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "skywarden" / f"kernels-{digest.hexdigest()[:16]}"
