"""The benchmark of stateful functions runs as its user runs it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skywarden.cli.main import app
from skywarden.features.open import FEATURES


@pytest.mark.timeout(300)  # a process of its own loads the kernels anew
def test_every_stateful_function_is_measured_and_many_keys_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3] / "src"))
    result = CliRunner().invoke(app, ["bench", "features", "--operations", "10000", "--keys", "100000"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.output.splitlines()[-1])
    assert {name.split(",")[0] for name in figures["ops_per_s"]} == set(FEATURES)
    assert all(rate > 0 for rate in figures["ops_per_s"].values())
    assert 0 < figures["many_keys_rss_mb"] < 150
