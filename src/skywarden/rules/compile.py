"""Turn rule files into a plan, or into one error with every problem of every file."""

from collections.abc import Sequence

from skywarden.rules.compiler import Compiler
from skywarden.rules.core import CheckedRule
from skywarden.rules.limits import DEFAULT_LIMITS, Limits
from skywarden.rules.plan.nodes import Plan
from skywarden.rules.source import NO_SETS, ParameterFile, RuleFile, Sets


def compile_rules(
    files: Sequence[RuleFile],
    sets: Sets = NO_SETS,
    limits: Limits = DEFAULT_LIMITS,
    parameters: Sequence[ParameterFile] = (),
) -> Plan:
    """Compile rule files once. Raises: RuleErrors with all problems. The text is parsed, never executed."""
    return Compiler(limits).compile(files, sets, parameters)


def check_rules(
    files: Sequence[RuleFile],
    sets: Sets = NO_SETS,
    limits: Limits = DEFAULT_LIMITS,
    parameters: Sequence[ParameterFile] = (),
) -> list[CheckedRule]:
    """Parse and type rule files. Raises: RuleErrors with all problems."""
    return Compiler(limits).check(files, sets, parameters)
