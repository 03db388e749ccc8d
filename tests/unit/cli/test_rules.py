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


def test_a_warning_ends_with_0_and_with_1_when_strict(folder: Path) -> None:
    (folder / "r.py").write_text(GOOD.replace("@rule", "UNUSED = 3\n\n\n@rule").replace("{}", "known(post.text)"))
    code, shown, told = run("check", str(folder))
    assert (code, shown) == (0, "1 rules, no errors\n")
    assert "warning: UNUSED is defined and not used [unused]" in told
    assert run("check", str(folder), "--strict")[0] == 1
    code, shown, _ = run("check", str(folder), "--format", "json")
    assert code == 0
    assert [problem["severity"] for problem in json.loads(shown)] == ["warning"]


def test_ranges_for_editors_count_utf_16_units(folder: Path) -> None:
    (folder / "bad.py").write_text(
        GOOD.replace("def r", "def s").replace("{}", "contains(post.text, '😀') and nothing")
    )
    _, shown, _ = run("check", str(folder), "--format", "json")
    (problem,) = json.loads(shown)
    assert problem["range"] == {"start": {"line": 4, "character": 41}, "end": {"line": 4, "character": 48}}


def test_parameters_shows_defaults_and_values_in_force(folder: Path) -> None:
    (folder / "r.py").write_text(
        GOOD.replace("@rule", 'MANY = parameter("many", 20, doc="Posts of an account.")\n\n\n@rule').replace(
            "{}", "author.posts > MANY"
        )
    )
    (folder / "parameters.toml").write_text("[r]\nmany = 30\n")
    tuned = folder.parent / "tuned.toml"
    tuned.write_text("[r]\nmany = 40\n")
    code, shown, _ = run("parameters", str(folder))
    assert code == 0
    assert [cell.strip() for cell in _row(shown, "many")] == [
        "r",
        "many",
        "int",
        "20",
        "30",
        "",
        "",
        "Posts of an account.",
    ]
    assert _row(run("parameters", str(folder), "--parameters", str(tuned))[1], "many")[4].strip() == "40"
    tuned.write_text("[r]\nmany = true\n")
    code, _, told = run("list", str(folder), "--parameters", str(tuned))
    assert code == 1
    assert "tuned.toml:2:1: wrong value of r.many" in told


def _row(table: str, word: str) -> list[str]:
    (row,) = [line for line in table.splitlines() if f" {word} " in line and "│" in line]
    return row.split("│")[1:-1]


def test_the_shipped_rule_set_has_no_warnings() -> None:
    assert run("check", "--strict")[0] == 0
