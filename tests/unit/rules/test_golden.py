"""Error texts and plans are as the golden files say; `SKYWARDEN_GOLDEN=write pytest ...` writes them anew."""

import os
import re
from pathlib import Path

import pytest

from skywarden.rules import Compiler, ParameterFile, RuleErrors, RuleFile, Sets, compile_rules
from skywarden.rules.plan.dump import dump_plan
from skywarden.rules.problems import problems_text

GOLDEN = Path(__file__).parents[2] / "golden" / "rules"
SETS = Sets({"shops": frozenset({"sticker-shop.example"}), "watched": frozenset({"did:plc:a"})})
BAD = ["names", "types", "foreign", "effects", "limits", "windows", "subjects", "functions", "unreachable", "state"]
BAD_SETS = ["imports", "parameters", "toml", "loops"]
DOUBTFUL = ["unused", "doubtful"]


def _same_as_golden(name: str, text: str) -> None:
    file = GOLDEN / name
    if os.environ.get("SKYWARDEN_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def _parts(name: str) -> dict[str, str]:
    """The files that a golden file holds, each below a line `### its name`."""
    text = (GOLDEN / f"{name}.rules.txt").read_text(encoding="utf-8")
    pieces = re.split(r"^### (.+)\n", text, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def _rule_files(parts: dict[str, str]) -> list[RuleFile]:
    return [RuleFile(name, text) for name, text in parts.items() if name.endswith(".py")]


def _parameter_files(parts: dict[str, str]) -> list[ParameterFile]:
    return [ParameterFile(name, text) for name, text in parts.items() if name.endswith(".toml")]


@pytest.mark.parametrize("name", BAD)
def test_every_problem_of_a_bad_file_is_shown_at_once_and_underlined(name: str) -> None:
    text = (GOLDEN / f"{name}.rules.txt").read_text(encoding="utf-8")
    with pytest.raises(RuleErrors) as raised:
        compile_rules([RuleFile(f"{name}.py", text)], SETS)
    _same_as_golden(f"{name}.errors.txt", raised.value.text() + "\n")


@pytest.mark.parametrize("name", BAD_SETS)
def test_every_problem_of_several_files_is_shown_at_once(name: str) -> None:
    parts = _parts(name)
    with pytest.raises(RuleErrors) as raised:
        compile_rules(_rule_files(parts), SETS, parameters=_parameter_files(parts))
    _same_as_golden(f"{name}.errors.txt", raised.value.text() + "\n")


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_is_most_likely_not_meant_is_a_warning(name: str) -> None:
    compiler, parts = Compiler(), _parts(name)
    compiler.compile(_rule_files(parts), SETS, _parameter_files(parts))
    _same_as_golden(f"{name}.warnings.txt", problems_text(compiler.warnings, compiler.sources) + "\n")


def test_the_plan_of_the_language_example_is_as_it_was() -> None:
    text = (GOLDEN / "reply_flood.rules.txt").read_text(encoding="utf-8")
    _same_as_golden("reply_flood.plan.txt", dump_plan(compile_rules([RuleFile("reply_flood.py", text)], SETS)))
