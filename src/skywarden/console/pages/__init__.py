"""One file for each part of the console; its `PAGES` are found by walking this package."""

import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module

from skywarden.console.page import Page

__all__ = ["all_pages"]


@cache
def all_pages() -> tuple[Page, ...]:
    """Every page of the console."""
    return tuple(_found())


def _found() -> Iterator[Page]:
    for info in pkgutil.walk_packages(__path__, f"{__name__}."):
        yield from getattr(import_module(info.name), "PAGES", ())
