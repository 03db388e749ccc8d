"""Turn what is wrong with rule files into one error that shows every place, underlined."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from skywarden.kernel.errors import Rejected
from skywarden.kernel.spans import SourceSpan
from skywarden.rules.limits import Limits


class Severity(StrEnum):
    """An error keeps the rules from running; a warning says what is most likely not meant."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at one place. `code` is stable; the sentence may change."""

    span: SourceSpan
    code: str
    message: str
    expected: str = ""
    found: str = ""
    hint: str = ""
    severity: Severity = Severity.ERROR

    def sentence(self) -> str:
        """What is wrong, in one line."""
        parts = [self.message]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.found:
            parts.append(f"found {self.found}")
        return ", ".join(parts)


class RuleErrors(Rejected):
    """Every problem of every file, in the order of files and lines; at least one is an error."""

    def __init__(self, problems: Sequence[Problem], sources: Mapping[str, str]) -> None:
        self.problems = in_order(problems)
        self.sources = dict(sources)
        first = next(problem for problem in self.problems if problem.severity is Severity.ERROR)
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        super().__init__(first.sentence() + more, place=str(first.span), hint=first.hint)

    def text(self) -> str:
        """All problems for people, each with its line underlined."""
        return problems_text(self.problems, self.sources)


def more_problems(file: str, limits: Limits) -> Problem:
    """Say that a file has more problems than are told."""
    expected = f"at most {limits.problems_per_file} (limit problems_per_file)"
    return Problem(SourceSpan(file, 1, 1, 1, 2), "limit", "more problems than are told", expected=expected)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once, by file, line and code."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.span, problem.code)))


def problems_text(problems: Iterable[Problem], sources: Mapping[str, str]) -> str:
    """Problems for people, each with its line underlined."""
    lines = _Lines(sources)
    return "\n".join(_render(problem, lines[problem.span.file]) for problem in problems)


def problems_json(problems: Iterable[Problem], sources: Mapping[str, str]) -> str:
    """Problems for editors: one JSON array; ranges as in the Language Server Protocol (zero-based, UTF-16)."""
    lines = _Lines(sources)
    return json.dumps([_as_json(problem, lines[problem.span.file]) for problem in problems], indent=1)


class _Lines(dict[str, list[str]]):
    """The lines of each source, split once."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        super().__init__()
        self._sources = sources

    def __missing__(self, file: str) -> list[str]:
        self[file] = self._sources.get(file, "").split("\n")
        return self[file]


_LONGEST_NAME = 80


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Suggest the nearest known name, or nothing."""
    near = get_close_matches(name, known, n=1, cutoff=0.6) if len(name) <= _LONGEST_NAME else []
    return f"did you mean {near[0]}?" if near else ""


def _render(problem: Problem, text: Sequence[str]) -> str:
    span = problem.span
    word = "warning: " if problem.severity is Severity.WARNING else ""
    lines = [f"{span}: {word}{problem.sentence()} [{problem.code}]"]
    if 0 < span.line <= len(text):
        line = text[span.line - 1].rstrip("\r")[:160]
        end = span.end_column if span.end_line == span.line else len(line) + 1
        width = max(1, min(end, len(line) + 1) - span.column)
        number = f"{span.line:>5}"
        lines += [f"{number} | {line}", f"{' ' * len(number)} | {' ' * (span.column - 1)}{'^' * width}"]
    if problem.hint:
        lines.append(f"      = {problem.hint}")
    return "\n".join(lines)


def _as_json(problem: Problem, lines: Sequence[str]) -> dict[str, object]:
    span = problem.span
    return {
        "file": span.file,
        "range": {
            "start": _position(span.line, span.column, lines),
            "end": _position(span.end_line, span.end_column, lines),
        },
        "severity": problem.severity.value,
        "code": problem.code,
        "source": "skywarden",
        "message": problem.sentence(),
        "hint": problem.hint,
    }


def _position(line: int, column: int, lines: Sequence[str]) -> dict[str, int]:
    text = lines[line - 1] if line <= len(lines) else ""
    units = len(text[: column - 1].encode("utf-16-le", errors="surrogatepass")) // 2
    return {"line": line - 1, "character": max(units, column - 1) if column - 1 > len(text) else units}
