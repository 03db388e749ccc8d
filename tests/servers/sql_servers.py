"""Start PostgreSQL and MariaDB for the tests, each in a temporary folder behind a socket of its own.

They run as an unprivileged user, die with the test process and never wait for a disk.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NoReturn, Protocol

import psycopg
import pymysql
import pytest

from servers.process import Server

START_TIMEOUT_S = 60
_UNPRIVILEGED = "nobody"


class SqlServer(Protocol):
    """A running server of empty databases."""

    def create(self, name: str) -> str:
        """Make an empty database; return its URL."""
        ...

    def drop(self, name: str) -> None:
        """Remove a database and end whoever is still connected to it."""
        ...

    def close(self) -> None:
        """Stop the server and remove its folder."""
        ...


class PostgresqlServer:
    """A cluster that listens on a unix socket in its folder only."""

    def __init__(self) -> None:
        programs = _newest(Path("/usr/lib/postgresql").glob("*/bin"), "postgresql")
        self._folder = _folder("pg")
        data = self._folder / "data"
        run = _as_user(self._folder)
        initdb = [str(programs / "initdb"), "-D", str(data), "-U", "skywarden", "-A", "trust", "-N", "-E", "UTF8"]
        subprocess.run([*run, *initdb, "--locale=C"], check=True, stdout=subprocess.DEVNULL)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._folder),
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "300",
            "shared_buffers": "32MB",
            "autovacuum": "off",
        }
        options = [text for name, value in settings.items() for text in ("-c", f"{name}={value}")]
        command = [*run, str(programs / "postgres"), "-D", str(data), *options]
        self._server = Server.start(command, self._folder / "errors.txt")
        self._server.wait_until(self._answers, START_TIMEOUT_S, "PostgreSQL answers")

    def create(self, name: str) -> str:
        with closing(self._connect()) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"postgresql://skywarden:unused@/{name}?host={self._folder}"

    def drop(self, name: str) -> None:
        with closing(self._connect()) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def close(self) -> None:
        self._server.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        place = f"host={self._folder} user=skywarden dbname=postgres connect_timeout=5"
        return psycopg.connect(place, autocommit=True)


class MariadbServer:
    """A server that listens on a unix socket in its folder only."""

    def __init__(self) -> None:
        server = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if server is None:
            _missing("mariadb-server")
        self._folder = _folder("maria")
        data, self._socket = self._folder / "data", str(self._folder / "socket")
        run = _as_user(self._folder)
        make = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"]
        made = subprocess.run([*run, *make, "--skip-test-db"], capture_output=True, check=False)
        assert made.returncode == 0, made.stderr.decode()
        settings = {
            "datadir": str(data),
            "socket": self._socket,
            "pid-file": str(self._folder / "pid"),
            "skip-networking": "1",
            "innodb-flush-method": "nosync",
            "debug-no-sync": "1",
            "innodb-log-file-size": "16M",
            "innodb-buffer-pool-size": "64M",
            "max-connections": "300",
            "performance-schema": "0",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        self._server = Server.start([*run, server, "--no-defaults", *options], self._folder / "errors.txt")
        # The socket is there once it answers; a refused attempt would leave the driver's own socket open.
        self._server.wait_until(Path(self._socket).exists, START_TIMEOUT_S, "MariaDB answers")

    def create(self, name: str) -> str:
        self._run(f"CREATE DATABASE `{name}`")
        return f"mariadb://root@/{name}?unix_socket={self._socket}"

    def drop(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS `{name}`")

    def close(self) -> None:
        self._server.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, statement: str) -> None:
        with closing(self._connect()) as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def _connect(self) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        return pymysql.connect(unix_socket=self._socket, user="root", connect_timeout=5, autocommit=True)


def _newest(folders: Iterable[Path], package: str) -> Path:
    found = sorted(folders, key=lambda folder: int(folder.parent.name))
    return found[-1] if found else _missing(package)


def _missing(package: str) -> NoReturn:
    pytest.skip(f"needs a server of its own: sudo apt-get install {package}, or `make test`, which does it")


def _folder(prefix: str) -> Path:
    """A short path (a socket's may have 107 characters) that the unprivileged user can reach."""
    folder = Path(tempfile.mkdtemp(prefix=f"skywarden-{prefix}-", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam(_UNPRIVILEGED).pw_uid, -1)
    return folder


def _as_user(folder: Path) -> Sequence[str]:
    """Drop root, which both servers refuse, and end when the test process ends, however it does."""
    command = ["env", f"--chdir={folder}", "setpriv", "--pdeathsig=KILL"]
    if os.geteuid() != 0:
        return command
    return [*command, f"--reuid={_UNPRIVILEGED}", "--regid=nogroup", "--clear-groups"]
