"""Turn the catalogue into the typed stubs of `skywarden.lang`, so that editors complete and mypy checks rule files."""

import re
from dataclasses import dataclass, field

from skywarden.rules.catalog import EVENT_KINDS, FUNCTIONS, NAMES, SUBJECTS
from skywarden.rules.catalog.functions import UNITS
from skywarden.rules.catalog.names import FOLLOWER_COLUMNS
from skywarden.rules.catalog.record_reads import RECORD_READS
from skywarden.rules.reference.effects import effect_stubs
from skywarden.rules.reference.stub_types import STUB_PARAMETER, STUB_TYPES, TYPE_NAMES
from skywarden.rules.types import Form, Type

_DEFINITION = re.compile(r'^def (\w+)\(([^\n]*):\n(    """[^\n]*"""\n?)', re.MULTILINE)


@dataclass(slots=True)
class _Space:
    """A dotted name that has names below it."""

    path: str
    spaces: "dict[str, _Space]" = field(default_factory=dict)
    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    call: str = ""


def stub_text() -> str:
    """The whole of lang/__init__.pyi."""
    root = _Space("")
    for path, entry in NAMES.items():
        _put(root, path, (_type_name(entry.type), entry.doc))
    for path, kind in EVENT_KINDS.items():
        _put(root, path, ("RecordKind" if path.startswith("record.") else "Kind", kind.doc))
    for path in SUBJECTS:
        _space(root, path)
    functions = _take_calls(root, "\n".join(_functions()))
    parts = [STUB_TYPES]
    for space in root.spaces.values():
        parts += _classes(space)
    parts += [f"{name}: {_class_name(space)}" for name, space in root.spaces.items()]
    parts += ["", *(f"{name}: Duration" for name in UNITS), "", functions, STUB_PARAMETER]
    return "\n".join(parts) + "\n"


def _take_calls(root: _Space, functions: str) -> str:
    """Make functions whose name has names below it, as report(...) and report.reason, calls of those; give the rest."""

    def take(match: re.Match[str]) -> str:
        space = root.spaces.get(match.group(1))
        if space is None:
            return match.group(0)
        space.call = f"    def __call__(self, {match.group(2)}:\n    {match.group(3)}"
        return ""

    return _DEFINITION.sub(take, functions)


def _space(root: _Space, path: str) -> _Space:
    at = root
    for name in path.split("."):
        below = at.spaces.get(name)
        if below is None:
            below = at.spaces[name] = _Space(f"{at.path}.{name}".strip("."))
        at = below
    return at


def _put(root: _Space, path: str, value: tuple[str, str]) -> None:
    outer, _, name = path.rpartition(".")
    _space(root, outer).values[name] = value


def _class_name(space: _Space) -> str:
    return "_" + "".join(part.capitalize() for part in space.path.split("."))


def _classes(space: _Space, kind_of_value: str = "") -> list[str]:
    """The class of a namespace, after those of the namespaces in it; one that is a value too has the value's type."""
    lines: list[str] = []
    for name, inner in space.spaces.items():
        lines += _classes(inner, space.values.get(name, ("", ""))[0])
    bases = ", ".join([*filter(None, [kind_of_value]), *(["Subject"] if space.path in SUBJECTS else [])])
    lines.append(f"class {_class_name(space)}({bases}):" if bases else f"class {_class_name(space)}:")
    for name, (kind, doc) in space.values.items():
        shown = _class_name(space.spaces[name]) if name in space.spaces else kind
        lines += [f"    {name}: {shown}", f'    """{doc}"""']
    lines += [f"    {name}: {_class_name(inner)}" for name, inner in space.spaces.items() if name not in space.values]
    if space.path == "record":
        for read in RECORD_READS.values():
            lines.append(f"    def {read.name}(self, path: str) -> {_type_name(read.result)}:")
            lines.append(f'        """{read.doc}"""')
    if space.call:
        lines += space.call.rstrip().split("\n")
    if space.path == "author":
        allowed = ", ".join(FOLLOWER_COLUMNS)
        lines.append("    def is_followed_by(self, account: Did) -> Bool:")
        lines.append(f'        """The account follows the author; the account is one of {allowed}."""')
    if len(lines) and lines[-1].endswith(":") and not lines[-1].startswith("    "):
        lines.append("    ...")
    return [*lines, ""]


def _functions() -> list[str]:
    lines: list[str] = []
    for function in FUNCTIONS.values():
        if function.name in _BY_HAND:
            lines += [_BY_HAND[function.name].format(doc=function.doc)]
            continue
        parameters = ", ".join(
            f"{parameter.name}: {_accepted(parameter.type)}" + ("" if parameter.default is None else " = ...")
            for parameter in function.parameters
        )
        lines += [f"def {function.name}({parameters}) -> {_type_name(function.result)}:", f'    """{function.doc}"""']
    return [*lines, *effect_stubs()]


def _type_name(kind: Type) -> str:
    if kind.form is Form.SET:
        return "Words"
    name = TYPE_NAMES[kind.base]
    return f"List[{name}]" if kind.form is Form.LIST else name


def _accepted(kind: Type) -> str:
    """What may be given for a parameter: our type, or the Python literal of it."""
    literal = {"Text": "Text | str", "Bool": "Condition", "Int": "Int | int", "List[Text]": "List[Any]"}
    return literal.get(_type_name(kind), _type_name(kind))


_BY_HAND = {
    "length": 'def length(value: Text | List[Any]) -> Int:\n    """{doc}"""',
    "wordlist": 'def wordlist(name: str) -> Words:\n    """{doc}"""',
    "known": 'def known(value: object) -> Bool:\n    """{doc}"""',
    "any": 'def any(conditions: Iterable[Condition]) -> Bool:\n    """{doc}"""',
    "all": 'def all(conditions: Iterable[Condition]) -> Bool:\n    """{doc}"""',
    "count": "@overload\ndef count(conditions: Iterable[Condition]) -> Int: ...\n@overload\n"
    "def count(*, by: Keys, over: Duration, where: Condition = ..., exact: bool = ...) -> Int:\n"
    '    """{doc}"""',
    "distinct": "def distinct(\n    value: Key, *, by: Keys, over: Duration, where: Condition = ..., "
    'exact: bool = ...\n) -> Int:\n    """{doc}"""',
    "sum": 'def sum(number: Int | int, *, by: Keys, over: Duration, where: Condition = ...) -> Int:\n    """{doc}"""',
    "rate": "def rate(*, by: Keys, over: Duration, per: Duration = ..., where: Condition = ...) -> Float:\n"
    '    """{doc}"""',
    "first_seen": 'def first_seen(*, by: Keys, over: Duration, where: Condition = ...) -> Time:\n    """{doc}"""',
    "last_seen": 'def last_seen(*, by: Keys, over: Duration, where: Condition = ...) -> Time:\n    """{doc}"""',
    "rate_limited": "def rate_limited(*, by: Keys, rate: Rate, burst: int = ..., where: Condition = ...) -> Bool:\n"
    '    """{doc}"""',
    "trending": "def trending(\n    *, by: Keys, over: Duration = ..., against: Duration = ..., "
    'where: Condition = ...\n) -> Float:\n    """{doc}"""',
    "similar": "def similar(\n    text: Text, *, over: Duration, by: Keys = ..., distinct: Key = ..., "
    'threshold: float = ..., where: Condition = ...\n) -> Int:\n    """{doc}"""',
    "heavy": "def heavy(*, by: Keys, over: Duration, slots: int = ..., where: Condition = ...) -> Int:\n"
    '    """{doc}"""',
    "minimum": 'def minimum(a: _N, b: _N) -> _N:\n    """{doc}"""',
    "choose": 'def choose(condition: Condition, a: _C, b: _C) -> _C:\n    """{doc}"""',
    "absolute": 'def absolute(x: _N) -> _N:\n    """{doc}"""',
    "maximum": 'def maximum(a: _N, b: _N) -> _N:\n    """{doc}"""',
}
