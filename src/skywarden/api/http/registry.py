"""Find every HTTP method: the `METHOD` of each file of this package, by its path."""

import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import MappingProxyType, ModuleType

from skywarden.api import http
from skywarden.api.registry import AnyMethod

_NAMES = "tools.skywarden."


@cache
def http_methods() -> MappingProxyType[str, AnyMethod]:
    """Every method by its path behind /api/."""
    return MappingProxyType({path_of(module.METHOD): module.METHOD for module in http_modules()})


def http_modules() -> Iterator[ModuleType]:
    """Every file that has a method, in the order of their names."""
    for info in pkgutil.iter_modules(http.__path__):
        module = import_module(f"{http.__name__}.{info.name}")
        if hasattr(module, "METHOD"):
            yield module


def path_of(method: AnyMethod) -> str:
    """`query/find` for tools.skywarden.query.find."""
    return method.nsid.removeprefix(_NAMES).replace(".", "/")
