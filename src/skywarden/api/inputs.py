"""Turn a query string into a method's parameters and a body into its input, as lexicons declare them.

Names that a method does not know are passed over. An array is its name repeated. Whole numbers are digits, truth values
are `true` and `false`; nothing is guessed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import unquote_plus

import msgspec
from msgspec import inspect

from skywarden.api.formats import say_format
from skywarden.api.names import INVALID_REQUEST
from skywarden.kernel.errors import Rejected

_T = TypeVar("_T")
_Read = Callable[[str], object]

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_TRUTH = {"true": True, "false": False}
_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$\.?(?P<path>.*)`)?$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`")


def _whole(text: str) -> object:
    return int(text) if _WHOLE.fullmatch(text) else text


def _truth(text: str) -> object:
    return _TRUTH.get(text, text)


@dataclass(frozen=True, slots=True)
class _Field:
    """How the values of one parameter are read; what is no number stays text, which the struct then refuses."""

    read: _Read
    many: bool


class ParamsReader(Generic[_T]):
    """Reads the query strings of one method."""

    def __init__(self, kind: type[_T]) -> None:
        self._kind = kind
        described = inspect.type_info(kind)
        assert isinstance(described, inspect.StructType), f"{kind} is no struct"
        self._fields: Mapping[str, _Field] = {field.encode_name: _field(field.type) for field in described.fields}

    def read(self, query: bytes) -> _T:
        """Read and check. Raises: Rejected InvalidRequest, naming the parameter."""
        found: dict[str, object] = {}
        for name, text in pairs(query):
            field = self._fields.get(name)
            if field is None:
                continue
            value = field.read(text)
            if field.many:
                values = found.setdefault(name, [])
                assert isinstance(values, list)
                values.append(value)
            elif name in found:
                raise Rejected(INVALID_REQUEST, place=name, expected="one value", found="several")
            else:
                found[name] = value
        return checked(lambda: msgspec.convert(found, self._kind))


class BodyReader(Generic[_T]):
    """Reads the JSON bodies of one method."""

    def __init__(self, kind: type[_T]) -> None:
        self._decoder = msgspec.json.Decoder(kind)

    def read(self, body: bytes) -> _T:
        """Read and check. Raises: Rejected InvalidRequest, naming the field."""
        return checked(lambda: self._decoder.decode(body))


def pairs(query: bytes) -> list[tuple[str, str]]:
    """Split a query string into names and values, in order. Raises: Rejected InvalidRequest."""
    try:
        text = query.decode("ascii")
        parts = [part.partition("=") for part in text.split("&") if part]
        if "%" not in text and "+" not in text:
            return [(name, value) for name, _, value in parts]
        return [(_unquoted(name), _unquoted(value)) for name, _, value in parts]
    except UnicodeDecodeError as error:
        raise Rejected(INVALID_REQUEST, place="query", expected="percent-encoded UTF-8") from error


def checked(read: Callable[[], _T]) -> _T:
    """Do what msgspec does, with errors of ours. Raises: Rejected InvalidRequest."""
    try:
        return read()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        match = _PLACE.match(say_format(str(error)))
        what, path = (match["what"], match["path"] or "") if match else (str(error), "")
        missing = _MISSING.fullmatch(what)
        if missing:
            path = f"{path}.{missing['name']}" if path else missing["name"]
            what = "Expected a value, got none"
        raise Rejected(INVALID_REQUEST, place=path or "input", hint=what[:300]) from error


def _unquoted(text: str) -> str:
    return unquote_plus(text, errors="strict")


def _field(kind: inspect.Type) -> _Field:
    if isinstance(kind, inspect.UnionType):
        kinds = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        assert len(kinds) == 1, f"a parameter of one type, not {kind}"
        return _field(kinds[0])
    if isinstance(kind, (inspect.VarTupleType, inspect.ListType)):
        return _Field(_reader(kind.item_type), many=True)
    return _Field(_reader(kind), many=False)


def _reader(kind: inspect.Type) -> _Read:
    if isinstance(kind, inspect.IntType):
        return _whole
    if isinstance(kind, inspect.BoolType):
        return _truth
    assert isinstance(kind, (inspect.StrType, inspect.EnumType, inspect.LiteralType)), (
        f"{kind} is no type of parameters"
    )
    return str
