"""Turn rule files, and the sets that extend them, into plans, again when they change.

Wrong ones leave the rules that run as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import thread_time

from skywarden.app.list_extensions import ListExtensions
from skywarden.kernel.errors import Rejected
from skywarden.rules import Compiler, RuleErrors
from skywarden.rules.core import CheckedRule
from skywarden.rules.folder import read_sources
from skywarden.rules.plan.nodes import Plan
from skywarden.rules.source import NO_SETS, RuleSources, Sets

_READ = (".py", ".toml", ".txt")

Stamp = tuple[tuple[str, int, int], ...]
"""Path, time of change in nanoseconds and size of every file that a compile reads, and the like of every set."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a folder held when it was last sound: its plan, its rules, its sets and what people added to them."""

    plan: Plan
    rules: Mapping[str, CheckedRule]
    sets: Sets
    added: Sets


class RuleFolder:
    """The configured rules. `refusal` says in one line what is wrong with them now; empty: nothing."""

    contents: Contents

    def __init__(self, path: Path, parameters: Path | None = None) -> None:
        self._path = path
        self._parameters = parameters
        self._compiler = Compiler(clock=thread_time)
        self._extensions: ListExtensions | None = None
        self._stamp: Stamp = ()
        self._sets = self._added = NO_SETS
        self.refusal = ""

    def extend(self, extensions: ListExtensions) -> None:
        """Let the sets of people extend the word lists from now on."""
        self._extensions = extensions

    def load(self) -> Plan:
        """Compile what is there. Raises: RuleErrors, Rejected."""
        self._stamp = self._look()
        found = read_sources([self._path], self._parameters)
        added = NO_SETS if self._extensions is None else self._extensions.added()
        sets = found.sets.with_added(added) if added.entries else found.sets
        plan = self._compiler.compile(found.files, sets, found.parameters)
        self._sets, self._added = found.sets, added
        self.contents = Contents(plan, {rule.name: rule for rule in self._compiler.rules}, sets, added)
        return plan

    def reload(self) -> Plan | None:
        """Compile when a file or a set has changed since the last time. Raises: RuleErrors, Rejected; once a change."""
        if self._look() == self._stamp:
            return None
        try:
            plan = self.load()
        except Rejected as error:
            self.refusal = _one_line(error)
            raise
        self.refusal = ""
        return plan

    def sources_of(self, rule: str) -> RuleSources:
        """The texts behind a rule of the last load that succeeded."""
        return self._compiler.sources_of(self.contents.rules[rule], self._sets, self._added)

    def _look(self) -> Stamp:
        beneath = self._path.parent if self._path.is_file() else self._path
        files = [file for file in sorted(beneath.rglob("*")) if file.suffix in _READ and file.is_file()]
        if self._parameters is not None and self._parameters.is_file():
            files.append(self._parameters)
        stats = [(file, file.stat()) for file in files]
        extended = () if self._extensions is None else self._extensions.stamp()
        return (*((str(file), stat.st_mtime_ns, stat.st_size) for file, stat in stats), *extended)


def _one_line(error: Rejected) -> str:
    if not isinstance(error, RuleErrors):
        return str(error)
    first, more = error.problems[0], len(error.problems) - 1
    return f"{first.span}: {first.message}" + (f", and {more} more" if more else "")
