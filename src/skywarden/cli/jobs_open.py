"""Open the configured database with its background jobs, for the commands of `skywarden jobs`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:  # --help must import neither SQL nor HTTP
    from skywarden.app.backend import Backend
    from skywarden.app.jobs.job_set import JobSet

CONFIG = typer.Option(help="TOML file with settings.")
DATA = typer.Option(help="Folder of the embedded database [default: .data].")
DATABASE = typer.Option(help="Database URL [default: a SQLite file in the data folder].")


@contextmanager
def opened(config: Path | None, data: str | None, database: str | None) -> "Iterator[tuple[Backend, JobSet]]":
    """Open the configured database, which must be there, and its jobs."""
    from skywarden.app.backend import open_backend
    from skywarden.app.jobs.open_jobs import open_jobs
    from skywarden.app.stored import open_stored
    from skywarden.app.surroundings import configured_surroundings
    from skywarden.observe.logs import configure_logs
    from skywarden.settings import load_settings

    configure_logs()
    settings = load_settings(config, os.environ, {"data": data, "database.url": database})
    with open_stored(settings):
        pass
    server = settings.server
    backend = open_backend(settings, server.public_url or f"http://{server.host}:{server.port}")
    try:
        yield backend, open_jobs(backend, configured_surroundings(settings))
    finally:
        backend.close()
