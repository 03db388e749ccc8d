"""Install the reference servers and clients from npm, run them on loopback, and run scripts with JSON in and out."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers.process import Server
from skywarden.kernel.ids import Did

_SCRIPTS = Path(__file__).parent / "network"
_INSTALL_TIMEOUT_S = 900
_TASK_TIMEOUT_S = 90
_READY_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class PdsNetwork:
    """A PLC directory and a PDS that run, with the folder their client scripts run in.

    The PDS takes its admin's password, and tokens of a moderation service whose DID and label key (hex) these are.
    """

    plc: str
    pds: str
    admin_password: str
    moderator: Did
    moderator_key: str
    scripts: Path

    def run(self, script: str, **values: Any) -> dict[str, Any]:
        """Run `script`.mjs with `values` as its JSON input and return its JSON output."""
        done = subprocess.run(
            ["node", f"{script}.mjs"],
            cwd=self.scripts,
            input=json.dumps(values).encode(),
            capture_output=True,
            timeout=_TASK_TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, f"{script}: {done.stderr.decode(errors='replace')[-3_000:]}"
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return result


def install_packages() -> Path:
    """Install what package-lock.json pins into a cache that outlives a checkout; return its node_modules.

    Retry: an install that was broken off is begun anew. Two writers: the second waits for the first.
    """
    lock = (_SCRIPTS / "package-lock.json").read_bytes()
    node = subprocess.run(["node", "--version"], capture_output=True, check=True).stdout  # native modules fit one Node
    root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "skywarden-tests"
    folder = root / f"network-{hashlib.sha256(lock + node).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "install.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        done = folder / "installed"
        if not done.exists():
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copyfile(_SCRIPTS / name, folder / name)
            _npm_ci(folder)
            done.touch()
    return folder / "node_modules"


def _npm_ci(folder: Path) -> None:
    """Run npm; a native module is built against the headers that came with Node, where they did."""
    node = shutil.which("node")
    assert node is not None
    environment = {**os.environ, "npm_config_build_from_source": "true"}
    prefix = Path(node).resolve().parent.parent
    if (prefix / "include/node/node.h").exists():
        environment["npm_config_nodedir"] = str(prefix)
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_INSTALL_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, f"npm ci failed: {done.stderr.decode(errors='replace')[-3_000:]}"


@contextmanager
def running_network(folder: Path) -> Iterator[PdsNetwork]:
    """Start the network with its data in `folder`; it ends with the block, and by itself when this process dies."""
    scripts = folder / "scripts"
    shutil.copytree(_SCRIPTS, scripts, ignore=shutil.ignore_patterns("node_modules"))
    (scripts / "node_modules").symlink_to(install_packages())
    command = ["node", str(scripts / "serve.mjs"), str(folder / "pds")]
    server = Server.start(command, errors=folder / "network.log", environment={"LOG_ENABLED": "false"})
    try:
        ready = server.ready_line(_READY_TIMEOUT_S)
        yield PdsNetwork(
            plc=ready["plc"],
            pds=ready["pds"],
            admin_password=ready["adminPassword"],
            moderator=Did(ready["moderator"]["did"]),
            moderator_key=ready["moderator"]["key"],
            scripts=scripts,
        )
    finally:
        server.close()
