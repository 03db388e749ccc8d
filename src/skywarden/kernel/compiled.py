"""Turn plain loops into compiled code, kept on disk so that a machine compiles each once.

numba notices a change of the file that holds a function, but not of the functions that it calls. So each folder of
kernels has a folder of the cache, named by all its sources: stale code is never found. A kernel calls kernels of its
own folder only. NUMBA_CACHE_DIR, where it is set, is left as it is.
"""

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba

_OPTIONS: Final[dict[str, Any]] = {"cache": True, "nogil": True, "error_model": "numpy"}
_NO_WRAPPERS: Final[dict[str, Any]] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
_entries: list[Any] = []
_Function = TypeVar("_Function", bound=Callable[..., object])


def kernel(function: _Function) -> _Function:
    """Compile for calls from other kernels only, without arrays of its own: without wrappers that takes half the time.

    It runs without the interpreter's lock; a division by zero gives what numpy gives.
    """
    _use_cache(function)
    return cast(_Function, numba.njit(**_OPTIONS, **_NO_WRAPPERS)(function))


def entry(function: _Function) -> _Function:
    """Compile for calls from Python, and from other kernels. Runs without the interpreter's lock."""
    _use_cache(function)
    made = numba.njit(**_OPTIONS)(function)
    _entries.append(made)
    return cast(_Function, made)


def compiled_entries() -> dict[str, int]:
    """How many versions of each entry, for different types, this process has compiled or read from the cache."""
    return {f"{made.py_func.__module__}.{made.py_func.__name__}": len(made.signatures) for made in _entries}


def _use_cache(function: Callable[..., object]) -> None:
    """Point numba to the folder of the function's package; numba reads it as it decorates."""
    if not os.environ.get("NUMBA_CACHE_DIR"):
        package = Path(function.__code__.co_filename).parent
        numba.config.CACHE_DIR = str(cache_folder(package))  # type: ignore[attr-defined]  # numba makes it at import


def is_cold(package: Path) -> bool:
    """Was no kernel of a package, as its sources are now, compiled on this machine yet?"""
    return not os.environ.get("NUMBA_CACHE_DIR") and not cache_folder(package).exists()


@cache
def cache_folder(package: Path) -> Path:
    """Where the kernels of a package's folder are kept, as its sources are now."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in (Path(__file__), *sorted(package.glob("*.py"))):
        digest.update(path.read_bytes())
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "skywarden" / f"kernels-{package.name}-{digest.hexdigest()[:16]}"
