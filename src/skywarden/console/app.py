"""Join pages, assets and sign-in into the routes of the console."""

from collections.abc import Callable

from starlette.routing import BaseRoute

from skywarden.api.services import Services
from skywarden.console.gate import guarded
from skywarden.console.pages import all_pages
from skywarden.console.sign_in.password import PasswordSignIn
from skywarden.console.site import Site
from skywarden.console.view import StatusView


def make_console(
    services: Services, read_status: Callable[[], StatusView], password: PasswordSignIn
) -> list[BaseRoute]:
    """Build the routes; `read_status` may block and runs in a worker thread."""
    site = Site(services, read_status, password, all_pages())
    return [*(guarded(site, page) for page in site.pages), *site.assets.routes()]
