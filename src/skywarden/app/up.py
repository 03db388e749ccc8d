"""Run the whole platform in one process tree until it is asked to stop or cannot go on."""

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass

from skywarden.api.upstream import Upstreams
from skywarden.app.api_services import make_services, resolve_callers
from skywarden.app.child import Child
from skywarden.app.followers import Follower, open_followers
from skywarden.app.intake import Intake
from skywarden.app.investigate.opening import open_investigation
from skywarden.app.jobs.loop import JobLoop
from skywarden.app.jobs.open_jobs import open_loop
from skywarden.app.platform import Platform, open_platform
from skywarden.app.platform_surroundings import platform_surroundings
from skywarden.app.published_declaration import follow_declaration
from skywarden.app.rates import STEP_S, RateHistory
from skywarden.app.routes import make_app
from skywarden.app.rule_reload import RuleReload
from skywarden.app.server import Announce, QuietServer, Started, listen, make_server, run_loop, url_of
from skywarden.app.sourcing import open_sourcing, origins_of, start_simulator
from skywarden.app.stage import JOIN_S, Stage
from skywarden.app.status import StatusReader
from skywarden.atproto.identity.fetcher import GuardedFetcher
from skywarden.atproto.identity.resolver import HttpResolver
from skywarden.console.sign_in.password import PasswordSignIn
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Did
from skywarden.kernel.memory import keep_freed_memory
from skywarden.observe.catalog import STARTED, STOPPED, STOPPING
from skywarden.observe.logs import Logger
from skywarden.settings import Settings

RULES_LOOK_S = 0.25
"""How often the rule files are looked at for a change."""

GATHER_ROWS = 1_024
"""Rows that make a batch worth its fixed cost, which is that of some hundreds of them."""


@dataclass(slots=True)
class Running:
    """What was started and must be stopped, in order; `failure` says why it must stop by itself."""

    platform: Platform
    intake: Intake
    engine: Stage
    moderation: Stage
    rules: Stage
    followers: tuple[Follower, ...]
    jobs: JobLoop
    server: QuietServer
    reader: StatusReader
    failure: list[str]
    callers: HttpResolver
    upstreams: Upstreams
    loopback: bool


def run_platform(settings: Settings, announce: Announce) -> None:
    """Open, run and stop the platform.

    Raises: Rejected for bad settings or rules; Retryable for a busy port; Broken when a stage could not go on.
    """
    keep_freed_memory()
    sock = listen(settings.server.host, settings.server.port)
    try:
        run_loop(_run(settings, sock, announce))
    finally:
        sock.close()
        # What is left lives as long as the process; looking through it for garbage at the very end takes seconds.
        gc.freeze()


async def _run(settings: Settings, sock: socket.socket, announce: Announce) -> None:
    url = settings.server.public_url or url_of(sock)
    child = start_simulator(settings)
    try:
        platform = await asyncio.to_thread(open_platform, settings, url)
        try:
            running = _join(platform, child)
            await _serve(running, sock, lambda: announce(Started(url, platform.labels.did, _first_link(platform, url))))
        finally:
            platform.close()
    finally:
        if child is not None:
            child.stop(1.0)
    if running.failure:
        raise Broken("; ".join(running.failure))


def _join(platform: Platform, child: Child | None) -> Running:
    """Make the stages wake one another and the server show them."""
    loop = asyncio.get_running_loop()
    failure: list[str] = []

    def failed(name: str, error: BaseException) -> None:
        failure.append(f"{name} cannot go on: {error}")
        loop.call_soon_threadsafe(setattr, server, "should_exit", True)

    moderation = Stage("moderation", platform.decide, _nothing, failed, platform.metrics)
    platform.sink.on_effects = moderation.wake
    platform.backend.moderation.on_emitted = moderation.wake
    engine = Stage("engine", platform.consumer.step, _nothing, failed, platform.metrics, gather=GATHER_ROWS)
    reload = RuleReload(platform.rules, platform.consumer, platform.metrics, platform.clock)
    rules = Stage("rules", reload, engine.wake, failed, platform.metrics, idle_s=RULES_LOOK_S)
    followers = open_followers(platform, failed)
    origins = origins_of(platform.settings, child)
    callers = resolve_callers(platform.backend, origins.plc, allow_loopback=origins.loopback)
    around = platform_surroundings(platform, origins)
    services = make_services(platform.backend, callers, around, open_investigation(platform.backend, platform.log))

    def identity_changed(did: Did) -> None:
        callers.purge(did)
        loop.call_soon_threadsafe(services.directory.forget, did)  # the server's, told from the intake's thread

    sourcing = open_sourcing(platform, origins, engine.wake, identity_changed)
    intake = Intake(sourcing.run, sourcing.beside, failed)
    forgetting = tuple(follower.forget for follower in followers if follower.forget is not None)
    jobs = open_loop(platform.backend, around, platform.log, forgetting)
    reader = StatusReader(
        platform=platform,
        intake=intake,
        stages=(engine, moderation, rules, *(follower.stage for follower in followers)),
        jobs=jobs,
        ingest_status=sourcing.status,
        children=(child.process.pid,) if child else (),
        history=RateHistory(platform.clock),
        started_s=platform.clock.monotonic_s(),
    )
    members = GuardedFetcher(allow_loopback=origins.loopback, clock=platform.clock)
    app = make_app(platform, services, reader, PasswordSignIn(callers, members))
    server = make_server(app, platform.settings.api.trusted_proxies)
    return Running(
        platform=platform,
        intake=intake,
        engine=engine,
        moderation=moderation,
        rules=rules,
        followers=followers,
        jobs=jobs,
        server=server,
        reader=reader,
        failure=failure,
        callers=callers,
        upstreams=services.upstreams,
        loopback=origins.loopback,
    )


def _first_link(platform: Platform, url: str) -> str:
    """A link for the local administrator, until somebody has signed in."""
    sessions = platform.backend.desk.sessions
    return "" if sessions.was_used() else f"{url}/sign-in/link/{sessions.make_link(platform.labels.did)}"


def _nothing() -> None:
    """Nobody waits for the last stage, and who waits for the engine is told by its sink."""


async def _serve(running: Running, sock: socket.socket, announce: Callable[[], None]) -> None:
    loop, log = asyncio.get_running_loop(), Logger("up")
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _end_by, number, running, log)
    running.moderation.start()
    running.jobs.start()
    running.engine.start()
    running.rules.start()
    for follower in running.followers:
        follower.stage.start()
    running.intake.start()
    server = asyncio.create_task(running.server.serve(sockets=[sock]))
    following = follow_declaration(running.platform.backend, running.callers, loopback=running.loopback)
    beside = (asyncio.create_task(_sample(running)), asyncio.create_task(following))
    announce()
    log.info(STARTED, pid=os.getpid(), rules=len(running.platform.consumer.engine.plan.rules))
    await server
    for task in beside:
        task.cancel()
    await asyncio.to_thread(_stop, running)
    await running.upstreams.aclose()
    log.info(STOPPED, failure=running.failure)


def _end_by(number: signal.Signals, running: Running, log: Logger) -> None:
    log.info(STOPPING, signal=number.name)
    running.server.should_exit = True


async def _sample(running: Running) -> None:
    """Keep the history of the event rate; ends by cancellation."""
    while True:
        running.reader.history.sample(running.platform.log.end_offset())
        await asyncio.sleep(STEP_S)


def _stop(running: Running) -> None:
    """End the stages in the order of the stream; a step that takes longer is cut off as by a crash, which is safe."""
    running.intake.stop()
    running.intake.join(JOIN_S)
    running.rules.stop()
    running.rules.join(JOIN_S)
    running.engine.stop()
    if running.engine.join(JOIN_S) and not running.failure:
        running.platform.consumer.write_snapshot()
    for follower in running.followers:
        follower.stop()
    running.jobs.stop()
    running.moderation.stop()
    running.jobs.join(JOIN_S)
    running.moderation.join(JOIN_S)
