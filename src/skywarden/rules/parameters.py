"""Turn parameter files (TOML) into values with their places; types are checked where a parameter is declared."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from skywarden.kernel.spans import SourceSpan
from skywarden.rules.catalog.functions import UNITS
from skywarden.rules.limits import Limits
from skywarden.rules.problems import Problem, did_you_mean
from skywarden.rules.source import ParameterFile, RuleFile
from skywarden.rules.types import DURATION, Type

_INT64 = 2**63

Scalar = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Override:
    """What a parameter file says: a value of TOML, and where."""

    value: object
    span: SourceSpan


@dataclass(frozen=True, slots=True)
class Tunable:
    """A parameter that a rule file declares, with the value in force."""

    section: str
    name: str
    type: Type
    default: Scalar
    value: Scalar
    least: Scalar | None
    most: Scalar | None
    doc: str
    span: SourceSpan


@dataclass(frozen=True, slots=True)
class Overrides:
    """The values of all parameter files by root and section; of several for one parameter the last counts."""

    sections: Mapping[tuple[str, str], Mapping[str, Override]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def of(self, file: RuleFile) -> dict[str, Override]:
        """What holds for a file: its own rule set's values, then the operator's."""
        own = self.sections.get((file.root, file.section), {}) if file.root else {}
        return {**own, **self.sections.get(("", file.section), {})}


Declared = Sequence[tuple[RuleFile, Sequence[str]]]
"""Each file of a compile with the names of its parameters."""


def unknown_parameters(overrides: Overrides, declared: Declared) -> Iterator[Problem]:
    """Every section and key of the parameter files that no rule file declares."""
    for (root, section), values in overrides.sections.items():
        near = [(file, names) for file, names in declared if root in ("", file.root)]
        names = [name for file, group in near if file.section == section for name in group]
        if any(file.section == section for file, _ in near):
            for key, override in values.items():
                if key not in names:
                    hint = did_you_mean(key, names) or _declared(section, names)
                    yield Problem(override.span, "parameter", f"unknown parameter {section}.{key}", hint=hint)
        elif all(file.whole for file, _ in near):
            sections = [file.section for file, _ in near]
            for key, override in values.items():
                hint = did_you_mean(section, sections) or "a section is named as a rule file, without .py"
                yield Problem(override.span, "parameter", f"no rule file for parameter {section}.{key}", hint=hint)


def read_overrides(files: Sequence[ParameterFile], limits: Limits) -> Overrides:
    """Read parameter files; what is no TOML becomes a problem."""
    sections: dict[tuple[str, str], dict[str, Override]] = {}
    problems: list[Problem] = []
    for file in files:
        if len(file.text) > limits.file_bytes:
            problems.append(_not_toml(file, f"more than {limits.file_bytes} characters (limit file_bytes)"))
            continue
        try:
            tables = tomllib.loads(file.text)
        except ValueError as error:  # TOMLDecodeError, or a number of too many digits
            problems.append(_not_toml(file, str(error)))
            continue
        except RecursionError:
            problems.append(_not_toml(file, "nested too deep"))
            continue
        places = _places(file)
        for section, key, value in _values(tables):
            span = places.get((section, key), SourceSpan(file.name, 1, 1, 1, 2))
            if not section:
                hint = f"put it below the name of its rule file: [file] and {key} = ..."
                problems.append(Problem(span, "parameter", f"parameter {key} outside a section", hint=hint))
            else:
                sections.setdefault((file.root, section), {})[key] = Override(value, span)
    return Overrides(sections, tuple(problems))


def _declared(section: str, names: Sequence[str]) -> str:
    return f"{section} has {', '.join(names)}" if names else f"{section} has no parameters"


def _values(tables: Mapping[str, object]) -> Iterator[tuple[str, str, object]]:
    """Section, key and value of everything that is not a table itself."""
    todo: list[tuple[str, Mapping[str, object]]] = [("", tables)]
    while todo:
        section, table = todo.pop()
        for key, value in table.items():
            if isinstance(value, dict):
                todo.append((f"{section}.{key}".strip("."), value))
            else:
                yield section, key, value


_HEADER = re.compile(r"\s*\[([^\[\]]+)\]")
_KEY = re.compile(r"(\s*)([A-Za-z0-9_.\"'-]+)\s*=\s*")


def _places(file: ParameterFile) -> dict[tuple[str, str], SourceSpan]:
    """Where each value stands, as far as it is written in a line of its own."""
    found: dict[tuple[str, str], SourceSpan] = {}
    section = ""
    for number, line in enumerate(file.text.split("\n"), start=1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header is not None:
            section = _plain(header.group(1))
        elif key is not None:
            path = f"{section}.{_plain(key.group(2))}".strip(".")
            before, _, name = path.rpartition(".")
            start = len(key.group(1)) + 1
            found[before, name] = SourceSpan(file.name, number, start, number, len(line.rstrip()) + 1)
    return found


def _plain(name: str) -> str:
    return name.strip().replace('"', "").replace("'", "")


def _not_toml(file: ParameterFile, message: str) -> Problem:
    place = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line, column = (int(place.group(1)), int(place.group(2))) if place is not None else (1, 1)
    sentence = message.split(" (at ")[0]
    return Problem(SourceSpan(file.name, line, column, line, column + 1), "parameter", f"not valid TOML: {sentence}")


_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*")


def duration_of(text: str) -> int | None:
    """Microseconds of "14 days" or "1 hour 30 minutes"; None for anything else."""
    at, micros = 0, 0.0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None or part.group(2) not in UNITS or len(part.group(1)) > 20:
            return None
        micros += float(part.group(1)) * UNITS[part.group(2)]
        at = part.end()
    return round(micros) if text and micros < _INT64 else None


def shown(value: Scalar, kind: Type) -> str:
    """A value as a parameter file would write it."""
    if kind != DURATION:
        return str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, str) else str(value)
    micros = int(value)
    for unit in ("days", "hours", "minutes"):
        if micros and micros % UNITS[unit] == 0:
            number = micros // UNITS[unit]
            return f'"{number} {unit if number != 1 else unit[:-1]}"'
    whole, rest = divmod(abs(micros), UNITS["seconds"])
    seconds = f"{whole}.{rest:06}".rstrip("0").rstrip(".")
    return f'"{"-" if micros < 0 else ""}{seconds} seconds"'
