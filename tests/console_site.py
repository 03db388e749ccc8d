"""A console over real services on a temporary database, and a browser's stand-in that is signed in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.testclient import TestClient

from api_server import PEOPLE, make_services
from identities import ADMIN, DISABLED, MODERATOR, TRIAGE, VERIFIER, Person, resolver_of
from skywarden.api.services import Services
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.console import StatusView, make_console
from skywarden.console.sign_in.cookie import NAME
from skywarden.console.sign_in.password import PasswordSignIn
from skywarden.model.team import Role
from skywarden.storage import Database

ORIGIN = "https://labeler.example"
SAME = {"origin": ORIGIN}

EMPTY = StatusView(
    version="1",
    uptime_s=3,
    source="simulator",
    connected=False,
    cursor="",
    lag_s=None,
    events_total=0,
    events_per_s=0,
    rates=[],
    rate_step_s=5,
    engine_behind=0,
    effects_pending=0,
    labels_total=0,
    quarantine_total=0,
    resident_mb=100,
)


@dataclass(frozen=True, slots=True)
class Console:
    """The routes of a console and the services behind them."""

    services: Services
    app: Starlette

    def visitor(self, person: Person | None = None) -> TestClient:
        """A browser; signed in as `person`, if one is given."""
        return self._browser("" if person is None else self.services.desk.sessions.open(person.did, "test"))

    def administrator(self) -> TestClient:
        """A browser of the local administrator."""
        return self._browser(self.services.desk.sessions.open(self.services.did, "test"))

    def _browser(self, token: str) -> TestClient:
        cookies = {NAME: token} if token else {}
        return TestClient(self.app, base_url=ORIGIN, follow_redirects=False, cookies=cookies, headers=SAME)


def make_site(
    database: Database, read_status: Callable[[], StatusView] = lambda: EMPTY, **services_changed: Any
) -> Console:
    """A console whose team is ADMIN, MODERATOR, TRIAGE, VERIFIER, and DISABLED, who was one."""
    services = make_services(database, **services_changed)
    service = services.did
    services.desk.team.seed([ADMIN.did], [MODERATOR.did, DISABLED.did], [TRIAGE.did])
    services.desk.team.update(DISABLED.did, service, disabled=True)
    services.desk.team.add(VERIFIER.did, Role.VERIFIER, service)
    password = PasswordSignIn(resolver_of(PEOPLE), GuardedFetcher(allow_loopback=True, clock=services.clock))
    return Console(services, Starlette(routes=make_console(services, read_status, password)))
