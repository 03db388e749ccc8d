"""The compile benchmark ends with a line that a program can read, and its rules are sound."""

import json
from pathlib import Path

from typer.testing import CliRunner

from skywarden.bench.rule_files import write_rule_set
from skywarden.cli.main import app


def test_the_last_line_holds_every_figure() -> None:
    result = CliRunner().invoke(app, ["bench", "compile", "--rules", "20", "--files", "2", "--rounds", "1"])
    assert result.exit_code == 0, result.stderr
    figures = json.loads(result.stdout.splitlines()[-1])
    assert (figures["rules"], figures["files"]) == (20, 2)
    assert all(figures[name] > 0 for name in ("compile_s", "reload_s", "reload_shared_s", "unchanged_s"))


def test_the_generated_rules_have_no_warnings(tmp_path: Path) -> None:
    write_rule_set(tmp_path, files=1, rules_per_file=16)
    result = CliRunner().invoke(app, ["rules", "check", "--strict", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (0, "16 rules, no problems\n"), result.stderr
