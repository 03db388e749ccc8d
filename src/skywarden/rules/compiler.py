"""Turn rule files into a plan, again and again: what did not change since the last compile is not checked again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from skywarden.kernel.spans import SourceSpan
from skywarden.rules.check.context import Context
from skywarden.rules.check.loops import effect_loops
from skywarden.rules.check.modules import ImportOrder, Module, module_key, order_by_imports
from skywarden.rules.check.program import CheckedFile, check_file
from skywarden.rules.check.unused import unused_definitions
from skywarden.rules.core import CheckedRule
from skywarden.rules.limits import DEFAULT_LIMITS, Limits
from skywarden.rules.parameters import Override, Overrides, Tunable, read_overrides, unknown_parameters
from skywarden.rules.patterns.cost import ProcessorClock
from skywarden.rules.plan.build import PlanBuilder
from skywarden.rules.plan.nodes import Plan
from skywarden.rules.problems import Problem, RuleErrors, Severity, in_order
from skywarden.rules.source import NO_SETS, ParameterFile, RuleFile, RuleSources, Sets
from skywarden.rules.syntax.parse import parse_file
from skywarden.rules.syntax.tree import FileTree


class Compiler:
    """Keeps what it read and checked. The plan is the one that a new compiler would make of the same files.

    `clock` gives seconds of the thread's processor time, to tell what patterns cost; without one none is too dear.
    `rules`, `warnings`, `tunables` and `sources` are those of the last compile that succeeded. One thread at a time.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS, clock: ProcessorClock | None = None) -> None:
        self._limits = limits
        self._clock = clock
        self._read: dict[str, _Read] = {}
        self._checked: dict[str, _Kept] = {}
        self._sets = NO_SETS
        self._parameters: Sequence[ParameterFile] = ()
        self._builder = PlanBuilder()
        self.rules: tuple[CheckedRule, ...] = ()
        self.warnings: tuple[Problem, ...] = ()
        self.tunables: tuple[Tunable, ...] = ()
        self.sources: dict[str, str] = {}

    def compile(
        self, files: Sequence[RuleFile], sets: Sets = NO_SETS, parameters: Sequence[ParameterFile] = ()
    ) -> Plan:
        """Make the plan of these files. Raises: RuleErrors with all problems. The text is parsed, never executed."""
        return self._builder.build(self.check(files, sets, parameters), sets.entries)

    def check(
        self, files: Sequence[RuleFile], sets: Sets = NO_SETS, parameters: Sequence[ParameterFile] = ()
    ) -> list[CheckedRule]:
        """Parse and type the files. Raises: RuleErrors with all problems."""
        sources = {file.name: file.text for file in files} | {file.name: file.text for file in parameters}
        if len(files) > self._limits.files:
            raise RuleErrors([_too_many(files, self._limits)], {})
        overrides = read_overrides(parameters, self._limits)
        sets.recall(self._sets)
        self._sets = sets
        self._read = {module_key(file.name): self._parsed(file) for file in files}
        order = order_by_imports({key: read.tree for key, read in self._read.items()})
        checked = self._check_files(order, sets, overrides)
        files = [read.file for read in self._read.values()]
        found = [checked[key] for key in self._read]
        problems = [*overrides.problems, *order.problems, *(problem for file in found for problem in file.problems)]
        problems += _second_rules(found)
        problems += effect_loops([feeding for file in found for feeding in file.feedings])
        if all(not read.problems for read in self._read.values()):
            names = [[tunable.name for tunable in file.tunables] for file in found]
            problems += unknown_parameters(overrides, list(zip(files, names, strict=True)))
        if not _has_errors(problems):
            problems += _unused(files, found)
        if _has_errors(problems):
            raise RuleErrors(problems, sources)
        self._parameters = tuple(parameters)
        self.warnings, self.sources = in_order(problems), sources
        self.tunables = tuple(tunable for file in found for tunable in file.tunables)
        self.rules = tuple(rule for file in found for rule in file.rules)
        return list(self.rules)

    def sources_of(self, rule: CheckedRule, own: Sets, added: Sets = NO_SETS) -> RuleSources:
        """The texts behind a rule of the last check that succeeded, whose sets were `own` with what was `added`."""
        first = module_key(rule.file)
        keys = [first]
        for key in keys:
            keys += [node.file for node in self._read[key].tree.imports if node.file not in keys]
        files = tuple(replace(self._read[key].file, whole=False, for_names=key != first) for key in keys)
        names = sorted({name for key in keys for name in self._checked[key].checked.sets})
        sets, more = ({name: one.entries[name] for name in names if name in one.entries} for one in (own, added))
        roots = {"", files[0].root}
        tuned = tuple(file for file in self._parameters if file.root in roots)
        return RuleSources(rule.name, files, tuned, Sets(sets), Sets(more))

    def _parsed(self, file: RuleFile) -> "_Read":
        kept = self._read.get(module_key(file.name))
        if kept is not None and kept.file == file:
            return kept
        return _Read(file, *parse_file(file, self._limits))

    def _check_files(self, order: ImportOrder, sets: Sets, overrides: Overrides) -> dict[str, CheckedFile]:
        """Check what changed, and what imports it, in the order of imports."""
        checked: dict[str, CheckedFile] = {}
        kept: dict[str, _Kept] = {}
        modules: dict[str, Module] = {}
        for key in order.files:
            read = self._read[key]
            values = overrides.of(read.file)
            targets = tuple(node.file for node in read.tree.imports)
            lent = tuple(modules.get(target) for target in targets)
            old = self._checked.get(key)
            if old is None or not old.holds(read, values, lent, sets):
                context = Context(sets, self._limits, read.file.section, values, self._clock)
                for_names = read.file.for_names
                found = check_file(read.tree, read.problems, modules, order, context, for_names=for_names)
                old = _Kept(read, values, lent, found)
            checked[key] = old.checked
            modules[key] = old.checked.module
            if old.checked.is_sound:
                kept[key] = old
        self._checked = kept
        return checked


@dataclass(frozen=True, slots=True)
class _Read:
    """A file and what the parser made of it."""

    file: RuleFile
    tree: FileTree
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A sound file, with everything that the check of it depended on."""

    read: _Read
    values: Mapping[str, Override]
    lent: tuple[Module | None, ...]
    checked: CheckedFile

    def holds(self, read: _Read, values: Mapping[str, Override], lent: tuple[Module | None, ...], sets: Sets) -> bool:
        """A check now would find the same. Modules are compared by identity: a changed one is checked anew."""
        if (
            read is not self.read
            or values != self.values
            or any(a is not b for a, b in zip(lent, self.lent, strict=True))
        ):
            return False
        return all(name in sets.entries and sets.ref(name) == ref for name, ref in self.checked.sets.items())


def _too_many(files: Sequence[RuleFile], limits: Limits) -> Problem:
    expected = f"at most {limits.files} (limit files)"
    span = SourceSpan(files[0].name, 1, 1, 1, 2)
    return Problem(span, "limit", "too many files", expected=expected, found=str(len(files)))


def _has_errors(problems: Iterable[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)


def _second_rules(files: Iterable[CheckedFile]) -> list[Problem]:
    """Rule names are unique over all files."""
    first: dict[str, CheckedRule] = {}
    problems = []
    for file in files:
        for rule in file.rules:
            if first.setdefault(rule.name, rule) is not rule:
                hint = f"the other one: {first[rule.name].span}"
                problems.append(Problem(rule.span, "name", f"a second rule {rule.name}", hint=hint))
    return problems


def _unused(files: Sequence[RuleFile], found: Sequence[CheckedFile]) -> list[Problem]:
    """Definitions without use; of a rule set that is not compiled whole only files with rules are asked."""
    used: dict[str, set[str]] = {module_key(file.tree.file): set(file.used) for file in found}
    for file in found:
        for node in file.tree.imports:
            used[node.file] |= {name.name for name in node.names}
    problems: list[Problem] = []
    for source, file in zip(files, found, strict=True):
        if not source.for_names and (source.whole or file.rules):
            problems += unused_definitions(file.tree, used[module_key(source.name)])
    return problems
