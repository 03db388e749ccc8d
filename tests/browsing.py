"""What browser tests share: where the platform is, and a page that is watched."""

from dataclasses import dataclass, field
from typing import Literal

from playwright.sync_api import Page

Scheme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Running:
    """A platform on a simulated network that has published labels; `sign_in` is its first link."""

    url: str
    sign_in: str


@dataclass(slots=True)
class Watched:
    """A page that is watched: what it complained of and what it asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def assert_clean(self, url: str) -> None:
        """No error in the console, and no request to any other place."""
        assert self.complaints == []
        assert [one for one in self.requests if not one.startswith((url, "data:"))] == []
