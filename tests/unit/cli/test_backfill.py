"""The backfill from the command line: what it says, and what it refuses."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from servers.foreign_service import Reply
from servers.repo_host import repo_host
from skywarden.app.data_folder import DataFolder
from skywarden.app.history import open_backfill
from skywarden.cli.main import app
from skywarden.kernel.errors import Rejected

SOURCE = Path(__file__).parents[3] / "src"


async def backfill(data: Path, *options: str) -> tuple[str, str]:
    """Run the command; give what it wrote on both streams."""
    command = (sys.executable, "-m", "skywarden.cli.main", "backfill", "--data", str(data), *options)
    pipe, environment = asyncio.subprocess.PIPE, {**os.environ, "PYTHONPATH": str(SOURCE)}
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe)
    out, errors = await process.communicate()
    assert process.returncode == 0, errors
    return out.decode(), errors.decode()


async def test_what_became_of_the_accounts_is_told(tmp_path: Path) -> None:
    async with repo_host() as host:
        wanted = host.dids[:3]
        host.replies = {wanted[1]: Reply(400, {"error": "RepoTakendown", "message": "gone\x1b[2J"})}
        file = tmp_path / "dids"
        file.write_text("\n".join(["# these", *wanted, wanted[0]]))
        options = ("--dids", str(file), "--pds", host.service.url, "--allow-loopback")
        out, errors = await backfill(tmp_path, *options)
    summary = json.loads(errors.splitlines()[-1])
    assert (summary["repos"], summary["failed"]) == (2, {"repo-taken-down": 1})
    assert "2 repositories" in out
    assert "1  repo-taken-down: the host has taken it down" in out
    listed = CliRunner().invoke(app, ["backfill", "--list-failed", "--data", str(tmp_path)]).stdout
    assert listed.startswith(f"{wanted[1]}  repo-taken-down  backfill:127.0.0.1:")
    assert "\x1b" not in listed
    with open_backfill(DataFolder(tmp_path)) as history:
        assert history.span() == (0, summary["records"])


@pytest.mark.parametrize("options", [[], ["--pds", "https://a.example", "--relay", "https://b.example"]])
def test_a_choice_that_cannot_be_meant_is_refused(options: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["backfill", "--data", str(tmp_path), *options])
    assert isinstance(result.exception, Rejected)
    assert "one of --pds, --relay" in str(result.exception)


def test_a_loopback_host_is_refused_unless_it_is_allowed(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["backfill", "--data", str(tmp_path), "--pds", "http://127.0.0.1:9"])
    assert isinstance(result.exception, Rejected)
    assert "fetch-refused" in str(result.exception)


def test_a_file_without_dids_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "dids"
    file.write_text("did:plc:ewvi7nxzyoun6zhxrhs64oiz\nalice.example\n")
    result = CliRunner().invoke(app, ["backfill", "--data", str(tmp_path), "--dids", str(file)])
    assert isinstance(result.exception, Rejected)
    assert "dids:2: not a DID" in str(result.exception)
