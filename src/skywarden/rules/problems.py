"""Turn what is wrong with rule files into one error that shows every place, underlined."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from skywarden.kernel.errors import Rejected
from skywarden.kernel.spans import SourceSpan


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at one place. `code` is stable; the sentence may change."""

    span: SourceSpan
    code: str
    message: str
    expected: str = ""
    found: str = ""
    hint: str = ""

    def sentence(self) -> str:
        """What is wrong, in one line."""
        parts = [self.message]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.found:
            parts.append(f"found {self.found}")
        return ", ".join(parts)


class RuleErrors(Rejected):
    """Every problem of every file, in the order of files and lines."""

    def __init__(self, problems: Sequence[Problem], sources: Mapping[str, str]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.span, problem.code)))
        self.sources = dict(sources)
        first = self.problems[0]
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        super().__init__(first.sentence() + more, place=str(first.span), hint=first.hint)

    def text(self) -> str:
        """All problems for people, each with its line underlined."""
        return "\n".join(_render(problem, self.sources.get(problem.span.file, "")) for problem in self.problems)

    def json(self) -> str:
        """All problems for editors: one JSON array."""
        return json.dumps([_as_json(problem) for problem in self.problems], indent=1)


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Suggest the nearest known name, or nothing."""
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else ""


def _render(problem: Problem, source: str) -> str:
    span = problem.span
    lines = [f"{span}: {problem.sentence()} [{problem.code}]"]
    text = source.split("\n")
    if 0 < span.line <= len(text):
        line = text[span.line - 1].rstrip("\r")[:160]
        end = span.end_column if span.end_line == span.line else len(line) + 1
        width = max(1, min(end, len(line) + 1) - span.column)
        number = f"{span.line:>5}"
        lines += [f"{number} | {line}", f"{' ' * len(number)} | {' ' * (span.column - 1)}{'^' * width}"]
    if problem.hint:
        lines.append(f"      = {problem.hint}")
    return "\n".join(lines)


def _as_json(problem: Problem) -> dict[str, object]:
    span = problem.span
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "code": problem.code,
        "message": problem.message,
        "expected": problem.expected,
        "found": problem.found,
        "hint": problem.hint,
    }
