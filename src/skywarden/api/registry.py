"""Find every XRPC method: the `METHOD` (or `METHODS`) of each file in `api/xrpc/`."""

import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import Any

from skywarden.api import xrpc
from skywarden.api.method import Method
from skywarden.kernel.errors import Broken

AnyMethod = Method[Any, Any]
"""A method whose parameters and body only its own file knows."""


@cache
def all_methods() -> MappingProxyType[str, AnyMethod]:
    """Every query and procedure by NSID; subscriptions bring their own routes. Raises: Broken, when a name is twice."""
    found: dict[str, AnyMethod] = {}
    for module in modules():
        for method in methods_of(module):
            if method.nsid in found:
                raise Broken(f"{module.__name__}: {method.nsid} is declared twice")
            found[method.nsid] = method
    return MappingProxyType(found)


def modules() -> Iterator[ModuleType]:
    """Every file of the package, in the order of their names."""
    for info in pkgutil.iter_modules(xrpc.__path__):
        yield import_module(f"{xrpc.__name__}.{info.name}")


def methods_of(module: ModuleType) -> tuple[AnyMethod, ...]:
    """What a file declares: one METHOD, or several METHODS of one kind."""
    if hasattr(module, "METHODS"):
        return tuple(module.METHODS)
    return (module.METHOD,) if hasattr(module, "METHOD") else ()
