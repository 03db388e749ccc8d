"""Serve the style sheet, the icon and the built scripts under names that change with their bytes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".js": "text/javascript", ".txt": "text/plain; charset=utf-8"}
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Assets:
    """Every file by its name. Scripts are there once they were built; pages work without them."""

    held: Mapping[str, tuple[str, bytes]]

    def url(self, name: str) -> str | None:
        """Where a file is served; None for one that was not built."""
        found = self.held.get(name)
        return None if found is None else f"/static/{found[0]}/{name}"

    def routes(self) -> list[Route]:
        """One route a file."""
        return [_route(name, digest, data) for name, (digest, data) in self.held.items()]


def read_assets() -> Assets:
    """Read what is in `static/` and, once built, in `static/built/`."""
    held: dict[str, tuple[str, bytes]] = {}
    static = files("skywarden.console").joinpath("static")
    for folder in (static, static.joinpath("built")):
        if not folder.is_dir():
            continue
        for file in folder.iterdir():
            if file.is_file() and _suffix(file.name) in _TYPES:
                data = file.read_bytes()
                held[file.name] = (hashlib.sha256(data).hexdigest()[:16], data)
    return Assets(held)


def _route(name: str, digest: str, data: bytes) -> Route:
    async def serve(_request: Request) -> Response:
        return Response(data, media_type=_TYPES[_suffix(name)], headers=_FOREVER)

    return Route(f"/static/{digest}/{name}", serve)


def _suffix(name: str) -> str:
    return name[name.rfind(".") :]
