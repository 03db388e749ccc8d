"""Error texts and plans are as the golden files say; `SKYWARDEN_GOLDEN=write pytest ...` writes them anew."""

import os
from pathlib import Path

import pytest

from skywarden.rules import RuleErrors, RuleFile, Sets, compile_rules
from skywarden.rules.plan.dump import dump_plan

GOLDEN = Path(__file__).parents[2] / "golden" / "rules"
SETS = Sets({"shops": frozenset({"sticker-shop.example"})})
BAD = ["names", "types", "windows", "foreign", "effects", "limits"]


def _same_as_golden(name: str, text: str) -> None:
    file = GOLDEN / name
    if os.environ.get("SKYWARDEN_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", BAD)
def test_every_problem_of_a_bad_file_is_shown_at_once_and_underlined(name: str) -> None:
    text = (GOLDEN / f"{name}.rules.txt").read_text(encoding="utf-8")
    with pytest.raises(RuleErrors) as raised:
        compile_rules([RuleFile(f"{name}.py", text)], SETS)
    _same_as_golden(f"{name}.errors.txt", raised.value.text() + "\n")


def test_the_plan_of_the_language_example_is_as_it_was() -> None:
    text = (GOLDEN / "reply_flood.rules.txt").read_text(encoding="utf-8")
    _same_as_golden("reply_flood.plan.txt", dump_plan(compile_rules([RuleFile("reply_flood.py", text)], SETS)))
