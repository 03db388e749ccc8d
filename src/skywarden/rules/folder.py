"""Read folders of rule files, and the sets and parameters beside them."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from skywarden.kernel.errors import Rejected
from skywarden.rules.check.modules import module_key
from skywarden.rules.compile import compile_rules
from skywarden.rules.limits import DEFAULT_LIMITS, Limits
from skywarden.rules.plan.nodes import Plan
from skywarden.rules.source import ParameterFile, RuleFile, Sets
from skywarden.rules.syntax.parse import parse_file

SETS_FILE = "sets.toml"
PARAMETERS_FILE = "parameters.toml"
_FOLDERS_UP = 8
"""How far above a single file its rule set's parameters are looked for."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that a compile reads from disk."""

    files: tuple[RuleFile, ...]
    sets: Sets
    parameters: tuple[ParameterFile, ...]


def load_folder(path: Path, parameters: Path | None = None) -> Plan:
    """Compile all rules of a folder, or one file with what is beside it. Raises: RuleErrors, Rejected."""
    found = read_sources([path], parameters)
    return compile_rules(found.files, found.sets, parameters=found.parameters)


def read_sources(paths: Sequence[Path], parameters: Path | None = None) -> Sources:
    """Read several folders and files as one rule set; `parameters` is a file that tunes all. Raises: Rejected."""
    files: dict[str, RuleFile] = {}
    for path in paths:
        for file in read_files(path):
            known = files.get(module_key(file.name))
            if known is None or known.for_names:
                files[module_key(file.name)] = file
    entries: dict[str, frozenset[str]] = {}
    for folder in dict.fromkeys(root_of(path) for path in paths):
        entries |= read_sets(folder).entries
    tuned = _parameter_files(paths)
    if parameters is not None:
        tuned.append(ParameterFile(str(parameters), _text(parameters)))
    return Sources(tuple(files.values()), Sets(entries), tuple(tuned))


def read_files(path: Path) -> list[RuleFile]:
    """Every *.py file of a folder and below, in the order of names; or one file and its imports. Raises: Rejected."""
    root = root_of(path)
    if path.is_file():
        file = _rule_file(path, root, whole=False)
        return [file, *_imported(file, root)]
    found = sorted(path.rglob("*.py"))
    if not found:
        raise Rejected("no rules", place=str(path), expected="*.py files", hint="name a rule file or its folder")
    return [_rule_file(file, root) for file in found]


def _rule_file(path: Path, root: Path, *, whole: bool = True, for_names: bool = False) -> RuleFile:
    place, top = path.resolve(), root.resolve()
    parts = place.relative_to(top).with_suffix("").parts if place.is_relative_to(top) else (path.stem,)
    return RuleFile(str(path), _text(path), str(top), ".".join(parts), whole, for_names)


def root_of(path: Path) -> Path:
    """The folder of the rule set that a path belongs to: above a file, the nearest one with parameters or sets."""
    if not path.is_file():
        return path
    for folder in [path.parent, *path.parent.resolve().parents][: _FOLDERS_UP + 1]:
        if (folder / PARAMETERS_FILE).is_file() or (folder / SETS_FILE).is_file():
            return folder
    return path.parent


def _imported(file: RuleFile, root: Path) -> list[RuleFile]:
    """The files whose definitions a file needs; what is missing the compiler tells."""
    found: dict[str, RuleFile] = {module_key(file.name): file}
    todo = [file]
    while todo:
        tree, _ = parse_file(todo.pop(), DEFAULT_LIMITS)
        for node in tree.imports:
            path = Path(node.file)
            if node.file not in found and path.is_file() and len(found) < DEFAULT_LIMITS.files:
                found[node.file] = _rule_file(path, root, whole=False, for_names=True)
                todo.append(found[node.file])
    return list(found.values())[1:]


def _parameter_files(paths: Iterable[Path]) -> list[ParameterFile]:
    roots = dict.fromkeys(root_of(path) for path in paths)
    files = [(root, root / PARAMETERS_FILE) for root in roots]
    return [ParameterFile(str(file), _text(file), str(root.resolve())) for root, file in files if file.is_file()]


def read_sets(path: Path, limits: Limits = DEFAULT_LIMITS) -> Sets:
    """Sets beside the rules: NAME.txt (one entry a line, # begins a comment line) and sets.toml (NAME = [...])."""
    folder = root_of(path)
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
