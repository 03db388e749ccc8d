"""What browser tests share: where the platform is, and a page that is watched."""

from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

Scheme = Literal["light", "dark"]


def _axe() -> Path:
    spec = find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("axe.min.js")


AXE = _axe()
_VIOLATIONS = """rules => axe.run({runOnly: rules}).then(
  found => found.violations.map(one => [one.id, ...one.nodes.slice(0, 3).map(node => node.html)]))"""


@dataclass(frozen=True, slots=True)
class Running:
    """A platform on a simulated network that has published labels; `sign_in` is its first link."""

    url: str
    sign_in: str
    data: str


@dataclass(slots=True)
class Watched:
    """A page that is watched: what it complained of and what it asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def assert_accessible(self) -> None:
        """No violation of level A or AA that axe-core finds."""
        self.page.evaluate(AXE.read_text() + ";0")
        assert self.page.evaluate(_VIOLATIONS, ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]) == []

    def assert_clean(self, url: str) -> None:
        """No error in the console, and no request to any other place."""
        assert self.complaints == []
        assert [one for one in self.requests if not one.startswith((url, "data:"))] == []
