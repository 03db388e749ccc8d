"""Read a folder of rule files and the sets beside them."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from skywarden.kernel.errors import Rejected
from skywarden.rules.compile import compile_rules
from skywarden.rules.limits import DEFAULT_LIMITS, Limits
from skywarden.rules.plan.nodes import Plan
from skywarden.rules.source import RuleFile, Sets

SETS_FILE = "sets.toml"


def load_folder(path: Path) -> Plan:
    """Compile all rules of a folder, or one file with the sets beside it. Raises: RuleErrors, Rejected."""
    return load_paths([path])


def load_paths(paths: Sequence[Path]) -> Plan:
    """Compile the rules of several folders and files as one plan. Raises: RuleErrors, Rejected."""
    files = [file for path in paths for file in read_files(path)]
    entries: dict[str, frozenset[str]] = {}
    for folder in dict.fromkeys(path.parent if path.is_file() else path for path in paths):
        entries |= read_sets(folder).entries
    return compile_rules(files, Sets(entries))


def read_files(path: Path) -> list[RuleFile]:
    """Every *.py file of a folder and below, in the order of names; or the one file. Raises: Rejected."""
    found = [path] if path.is_file() else sorted(path.rglob("*.py"))
    if not found:
        raise Rejected("no rules", place=str(path), expected="*.py files", hint="name a rule file or its folder")
    return [RuleFile(str(file), _text(file)) for file in found]


def read_sets(path: Path, limits: Limits = DEFAULT_LIMITS) -> Sets:
    """Sets beside the rules: NAME.txt (one entry a line, # begins a comment line) and sets.toml (NAME = [...])."""
    folder = path.parent if path.is_file() else path
    entries: dict[str, frozenset[str]] = {}
    for file in sorted(folder.rglob("*.txt")):
        lines = (line.strip() for line in _text(file).splitlines())
        _add(entries, file, file.stem, frozenset(line for line in lines if line and not line.startswith("#")), limits)
    for file in sorted(folder.rglob(SETS_FILE)):
        for name, values in _toml(file).items():
            if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
                raise Rejected("wrong set", place=f"{file}: {name}", expected="an array of texts")
            _add(entries, file, name, frozenset(values), limits)
    return Sets(entries)


def _add(entries: dict[str, frozenset[str]], file: Path, name: str, values: frozenset[str], limits: Limits) -> None:
    if name in entries:
        raise Rejected("a second set of this name", place=str(file), found=name, hint="give it another name")
    if len(values) > limits.set_entries:
        expected = f"at most {limits.set_entries} entries (limit set_entries)"
        raise Rejected("set too large", place=str(file), expected=expected, found=str(len(values)))
    entries[name] = values


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Rejected("not UTF-8 text", place=str(file), found=f"byte {error.start}") from error
    except OSError as error:
        raise Rejected("cannot be read", place=str(file), found=error.strerror or "") from error


def _toml(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(_text(file))
    except tomllib.TOMLDecodeError as error:
        raise Rejected("not valid TOML", place=str(file), found=str(error)) from error
