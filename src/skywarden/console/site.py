"""Name what pages share: the API's services and methods, templates, assets, who may sign in and how."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jinja2 import Environment

from skywarden.api.method import Caller
from skywarden.api.rate_limit import RateLimit
from skywarden.api.services import Services
from skywarden.api.workers import Workers
from skywarden.console.assets import Assets, read_assets
from skywarden.console.calls import Calls
from skywarden.console.rendering import make_templates
from skywarden.console.sign_in.password import PasswordSignIn
from skywarden.console.view import StatusView

if TYPE_CHECKING:  # a page knows its site, and a site lists its pages
    from skywarden.console.page import Page

_TRIES = 10
"""Sign-ins by password a minute, for each name and for each address."""


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A line of the navigation as one member sees it."""

    title: str
    path: str
    keys: str


@dataclass(frozen=True)
class Site:
    """The console of one process; for its event loop only. `read_status` may block; `closing` ends what streams."""

    services: Services
    read_status: Callable[[], StatusView]
    password: PasswordSignIn
    pages: "Sequence[Page]"
    assets: Assets = field(default_factory=read_assets)
    templates: Environment = field(default_factory=make_templates)
    workers: Workers = field(default_factory=Workers)
    tries: RateLimit = field(default_factory=lambda: RateLimit(_TRIES, 60))
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    calls: Calls = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "calls", Calls(self.services, self.workers))

    def nav_for(self, caller: Caller) -> list[NavEntry]:
        """What this member may open, in the order of the navigation."""
        listed = [page for page in self.pages if page.nav is not None]
        open_to = [page for page in listed if page.access.role is None or caller.has(page.access.role)]
        ordered = sorted(open_to, key=lambda page: page.nav.place if page.nav else 0)
        return [NavEntry(page.nav.title, page.path, page.nav.keys) for page in ordered if page.nav is not None]
