"""The reference for the rules benchmark: 100 rules in files, sets and a history of posts made from a seed."""

from importlib import resources
from pathlib import Path

from skywarden.bench.reference.sets import ReferenceSets
from skywarden.rules.compile import check_rules
from skywarden.rules.core import CheckedRule
from skywarden.rules.folder import read_files
from skywarden.rules.plan.build import build_plan
from skywarden.rules.plan.nodes import Plan

RULES = Path(str(resources.files(__package__).joinpath("rules")))
"""The folder of rule files."""


def check_reference(sets: ReferenceSets) -> tuple[list[CheckedRule], Plan]:
    """The reference rules, checked, and their plan."""
    checked = check_rules(read_files(RULES), sets.as_sets())
    return checked, build_plan(checked, sets.as_sets().entries)
