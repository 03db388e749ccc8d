"""The benchmark of the label stream runs as its user runs it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skywarden.cli.main import app


def test_replay_and_live_labels_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3] / "src"))
    options = ["--labels", "2000", "--subscribers", "2", "--seconds", "0.2"]
    result = CliRunner().invoke(app, ["bench", "labels", *options])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.output.splitlines()[-1])
    assert figures["database"] == "sqlite"
    assert all(figures[name] > 0 for name in ("replay_labels_per_s", "live_labels_per_s", "live_p99_ms"))
