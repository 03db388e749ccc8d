"""Turn rule files into a plan, or into one error with every problem of every file."""

from collections.abc import Sequence

from skywarden.kernel.spans import SourceSpan
from skywarden.rules.check.context import Context
from skywarden.rules.check.program import check_program
from skywarden.rules.core import CheckedRule
from skywarden.rules.limits import DEFAULT_LIMITS, Limits
from skywarden.rules.plan.build import build_plan
from skywarden.rules.plan.nodes import Plan
from skywarden.rules.problems import Problem, RuleErrors
from skywarden.rules.source import NO_SETS, RuleFile, Sets
from skywarden.rules.syntax.parse import parse_file


def compile_rules(files: Sequence[RuleFile], sets: Sets = NO_SETS, limits: Limits = DEFAULT_LIMITS) -> Plan:
    """Compile rule files. Raises: RuleErrors with all problems. The text is parsed, never executed."""
    return build_plan(check_rules(files, sets, limits), sets.entries)


def check_rules(files: Sequence[RuleFile], sets: Sets = NO_SETS, limits: Limits = DEFAULT_LIMITS) -> list[CheckedRule]:
    """Parse and type rule files. Raises: RuleErrors with all problems."""
    context = Context(sets, limits)
    trees = []
    if len(files) > limits.files:
        expected = f"at most {limits.files} (limit files)"
        span = SourceSpan(files[0].name, 1, 1, 1, 2)
        problem = Problem(span, "limit", "too many files", expected=expected, found=str(len(files)))
        raise RuleErrors([problem], {})
    for file in files:
        tree, problems = parse_file(file, limits)
        trees.append(tree)
        context.problems += problems
    rules = check_program(trees, context)
    if context.problems:
        raise RuleErrors(list(dict.fromkeys(context.problems)), {file.name: file.text for file in files})
    return rules
