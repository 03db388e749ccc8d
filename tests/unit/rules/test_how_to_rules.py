"""The rules of docs/how-to/rules-with-memory.md do what their cases say, in the real engine."""

import re
from pathlib import Path

import pytest

from skywarden.engine.cases.read import read_cases
from skywarden.engine.cases.run import run_cases
from skywarden.rules.compile import compile_rules
from skywarden.rules.source import RuleFile

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "rules-with-memory.md"
_BLOCK = re.compile(r"(?:^(?:    .*)?\n)+", re.MULTILINE)


def _blocks() -> list[str]:
    """Every indented block of the page, without its indent."""
    found = [block.strip("\n") for block in _BLOCK.findall(PAGE.read_text(encoding="utf-8"))]
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE) + "\n" for block in found if block]


RULES = [block for block in _blocks() if "@rule(" in block]
CASES = [block for block in _blocks() if block.startswith("[[case]]")]


def test_each_rule_of_the_page_has_cases() -> None:
    assert len(RULES) == len(CASES) == 4


@pytest.mark.parametrize(("rule", "cases"), list(zip(RULES, CASES, strict=True)), ids=range(len(RULES)))
def test_a_rule_of_the_page_holds_its_cases(rule: str, cases: str, tmp_path: Path) -> None:
    (tmp_path / "page.cases.toml").write_text(cases, encoding="utf-8")
    reports = run_cases(compile_rules([RuleFile("page.py", rule)]), read_cases(tmp_path))
    assert [
        (report.rule, report.lacking, [case for case in report.results if not case.passed]) for report in reports
    ] == [(reports[0].rule, (), [])]
