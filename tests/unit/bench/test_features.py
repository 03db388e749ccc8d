"""`skywarden bench features` measures every stateful function."""

import json

from typer.testing import CliRunner

from skywarden.cli.main import app
from skywarden.features.open import FEATURES


def test_the_last_line_holds_the_figures_of_every_function() -> None:
    result = CliRunner().invoke(app, ["bench", "features", "--operations", "3000"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.output.splitlines()[-1])
    assert {one["function"] for one in figures["functions"]} == {*FEATURES, "similar, distinct="}
    assert all(one["operations_per_s"] > 0 and one["keys"] > 0 for one in figures["functions"])
    assert figures["signed_texts_per_s"] > 0
