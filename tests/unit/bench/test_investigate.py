"""The investigate benchmark ends with a line that a program can read, and every question finds something."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skywarden.cli.main import app


@pytest.mark.timeout(600)
def test_the_last_line_holds_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    result = CliRunner().invoke(app, ["bench", "investigate", "--events", "30000", "--rounds", "1"])
    assert result.exit_code == 0, result.exception
    figures = json.loads(result.stdout.splitlines()[-1])
    assert figures["events"] == 30_000
    assert all(one["ms"] > 0 for one in figures["questions"])
    found = {one["question"]: one["found"] for one in figures["questions"]}
    assert found["timeline"] > 0
    assert found["top domains of a day"] > 0
    assert found["SQL: posts by account"] == 20
