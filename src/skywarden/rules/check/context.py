"""What every check of one file shares: the problems found so far, the sets, the parameters, the limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from skywarden.kernel.spans import SourceSpan
from skywarden.rules.check.reachable import Reach
from skywarden.rules.check.scope import Scope
from skywarden.rules.core import Const, Core
from skywarden.rules.limits import Limits
from skywarden.rules.parameters import Override, Tunable
from skywarden.rules.patterns.cost import ProcessorClock
from skywarden.rules.problems import Problem, Severity
from skywarden.rules.source import SetRef, Sets
from skywarden.rules.syntax.tree import Syntax
from skywarden.rules.types import ERROR


class EnoughProblems(Exception):
    """A file has so many problems that the rest would help nobody."""


@dataclass(slots=True)
class Context:
    """The check of one file.

    `section` and `overrides` are what parameter files call it and say of it; `clock` times patterns, None for not at
    all.
    """

    sets: Sets
    limits: Limits
    section: str = ""
    overrides: Mapping[str, Override] = field(default_factory=dict)
    clock: ProcessorClock | None = None
    problems: list[Problem] = field(default_factory=list)
    tunables: list[Tunable] = field(default_factory=list)
    set_refs: dict[str, SetRef] = field(default_factory=dict)
    reach: Reach = field(default_factory=Reach)
    walked: int = 0
    depths: dict[int, tuple[Core, int]] = field(default_factory=dict)

    def problem(
        self, span: SourceSpan, code: str, message: str, *, expected: str = "", found: str = "", hint: str = ""
    ) -> Core:
        """Note a problem; the returned stand-in silences its followers. Raises: EnoughProblems."""
        if len(self.problems) >= self.limits.problems_per_file:
            raise EnoughProblems
        self.problems.append(Problem(span, code, message, expected, found, hint))
        return poison(span)

    def warning(self, span: SourceSpan, code: str, message: str, *, hint: str = "") -> None:
        """Note what is most likely not meant; the rules run all the same."""
        self.problems.append(Problem(span, code, message, hint=hint, severity=Severity.WARNING))

    def set_ref(self, name: str) -> SetRef:
        """Name a set, and remember that the file depends on what is in it."""
        self.set_refs[name] = self.sets.ref(name)
        return self.set_refs[name]


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
