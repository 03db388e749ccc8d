"""`skywarden rules` tells what is wrong, where, and by its exit code."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skywarden.cli.main import app

HEAD = 'from skywarden.lang import *\n@rule(on=post.created, then=tag(author, "x"))\n'
GOOD = HEAD + 'def r():\n    """."""\n    return {}\n'
HIT = '[[case]]\nrule = "r"\nexpect = "hit"\n[[case.events]]\ntext = "a"\n'
CASES = HIT + '[[case]]\nrule = "r"\nexpect = "miss"\n[[case.events]]\n'


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["rules", *arguments], env={"COLUMNS": "160"})
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "r.py").write_text(GOOD.replace("{}", "known(post.text)"))
    (tmp_path / "r.cases.toml").write_text(CASES)
    return tmp_path


def test_check_of_sound_rules_ends_with_0(folder: Path) -> None:
    assert run("check", str(folder)) == (0, "1 rules, no problems\n", "")


def test_check_of_bad_rules_ends_with_1_and_shows_every_problem(folder: Path) -> None:
    (folder / "bad.py").write_text(GOOD.replace("def r", "def s").replace("{}", "author.agee < 3 or nothing"))
    code, _, shown = run("check", str(folder))
    assert code == 1
    assert "did you mean author.age?" in shown
    assert "2 problems" in shown


def test_check_gives_editors_json(folder: Path) -> None:
    (folder / "bad.py").write_text(GOOD.replace("def r", "def s").replace("{}", "author.agee < 3"))
    code, shown, _ = run("check", str(folder), "--format", "json")
    (problem,) = json.loads(shown)
    assert code == 1
    assert problem["range"] == {"start": {"line": 4, "character": 11}, "end": {"line": 4, "character": 22}}
    assert (problem["severity"], problem["code"], problem["hint"]) == ("error", "name", "did you mean author.age?")


def test_test_ends_with_0_when_every_case_holds(folder: Path) -> None:
    code, shown, _ = run("test", str(folder))
    assert code == 0
    assert "2 cases of 1 rules; 0 rules fail" in shown


def test_test_shows_expected_found_and_values_of_a_failing_case(folder: Path) -> None:
    (folder / "r.py").write_text(GOOD.replace('"""."""', '"""{post.text}"""').replace("{}", 'contains(post.text, "b")'))
    code, shown, _ = run("test", str(folder))
    assert code == 1
    assert "- expected hit" in shown
    assert "+ found    miss" in shown
    assert "post.text = a" in shown


def test_list_shows_the_shipped_rules() -> None:
    code, shown, _ = run("list")
    assert code == 0
    assert "reply_flood" in shown


@pytest.mark.parametrize("command", ["check", "test", "list"])
def test_help_says_what_the_command_does(command: str) -> None:
    code, shown, _ = run(command, "--help")
    assert code == 0
    assert "Usage" in shown
