"""Turn the stored texts of one rule into the rule again."""

from skywarden.kernel.errors import Broken
from skywarden.rules.compiler import Compiler
from skywarden.rules.core import CheckedRule
from skywarden.rules.plan.build import build_plan
from skywarden.rules.plan.nodes import Plan
from skywarden.rules.source import RuleSources


def check_sources(sources: RuleSources) -> CheckedRule:
    """The checked rule. Raises: RuleErrors, where this release no longer takes the text; Broken, without the rule."""
    checked = Compiler().check(sources.files, sources.sets.with_added(sources.added), sources.parameters)
    for rule in checked:
        if rule.name == sources.rule:
            return rule
    raise Broken(f"{sources.files[0].name}: expected the rule {sources.rule} in its stored text, which lacks it")


def plan_of(sources: RuleSources) -> Plan:
    """The plan of this rule alone; its version is that of the plan it was stored from. Raises: as `check_sources`."""
    return build_plan([check_sources(sources)], sources.sets.with_added(sources.added).entries)
