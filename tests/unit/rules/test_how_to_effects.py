"""What the guide to effects shows compiles as it stands."""

import re
from pathlib import Path
from textwrap import dedent

from skywarden.rules import RuleFile, Sets, compile_rules

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "effects.md"
HEAD = '"""Rules."""\nfrom skywarden.lang import *\n\n'


def shown() -> list[RuleFile]:
    """Every indented block of the guide that has a rule in it."""
    blocks = re.findall(r"(?:^    .*\n|^\n)+", GUIDE.read_text(encoding="utf-8"), flags=re.M)
    texts = [dedent(block) for block in blocks if "@rule" in block]
    return [RuleFile(f"shown{n}.py", text if "import" in text else HEAD + text) for n, text in enumerate(texts)]


def test_every_rule_of_the_guide_compiles() -> None:
    plan = compile_rules(shown(), Sets({"insults": frozenset({"you fool"})}))
    assert {rule.name for rule in plan.rules} == {"insults", "many_reports"}
    (insults,) = [rule for rule in plan.rules if rule.name == "insults"]
    assert insults.limits.text() == "50 an hour and 300 a day"
    assert [effect.kind for effect in insults.effects] == ["label", "tag", "report", "notify"]
