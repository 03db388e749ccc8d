"""What every check shares: the problems found so far, the sets, the limits."""

from dataclasses import dataclass, field
from typing import Protocol

from skywarden.kernel.spans import SourceSpan
from skywarden.rules.check.scope import Scope
from skywarden.rules.core import Const, Core
from skywarden.rules.limits import Limits
from skywarden.rules.problems import Problem
from skywarden.rules.source import Sets
from skywarden.rules.syntax.tree import Syntax
from skywarden.rules.types import ERROR


@dataclass(slots=True)
class Context:
    """One compile."""

    sets: Sets
    limits: Limits
    problems: list[Problem] = field(default_factory=list)

    def problem(
        self, span: SourceSpan, code: str, message: str, *, expected: str = "", found: str = "", hint: str = ""
    ) -> Core:
        """Note a problem; the returned stand-in silences its followers."""
        self.problems.append(Problem(span, code, message, expected, found, hint))
        return poison(span)


class Checks(Protocol):
    """What the checks of special functions need of the expression checker."""

    context: Context

    def check(self, node: Syntax, scope: Scope) -> Core:
        """Type one expression."""
        ...

    def boolean(self, node: Syntax, scope: Scope) -> Core:
        """Type one expression that must be a bool."""
        ...


def poison(span: SourceSpan) -> Core:
    """Stand in for an expression that has its problem already."""
    return Const(span, ERROR, False)
