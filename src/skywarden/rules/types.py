"""Name the types of the language: a base and a form (one value, a list, a set)."""

from dataclasses import dataclass
from enum import StrEnum


class Base(StrEnum):
    """What one value is."""

    BOOL = "bool"
    INT = "int"
    FLOAT = "float"
    STR = "str"
    DURATION = "duration"
    TIME = "time"
    DID = "did"
    URI = "uri"
    ERROR = "error"  # the value of an expression that already has its problem; silences followers


class Form(StrEnum):
    ONE = "one"
    LIST = "list"
    SET = "set"


@dataclass(frozen=True, slots=True)
class Type:
    """A base and a form."""

    base: Base
    form: Form = Form.ONE

    def __str__(self) -> str:
        return self.base.value if self.form is Form.ONE else f"{self.form.value} of {self.base.value}"

    @property
    def is_text(self) -> bool:
        """True for the types that are text underneath."""
        return self.base in TEXTS and self.form is Form.ONE

    @property
    def is_error(self) -> bool:
        return self.base is Base.ERROR

    @property
    def item(self) -> "Type":
        """The type of one element."""
        return Type(self.base)


TEXTS = frozenset({Base.STR, Base.DID, Base.URI})
NUMBERS = frozenset({Base.INT, Base.FLOAT})

BOOL = Type(Base.BOOL)
INT = Type(Base.INT)
FLOAT = Type(Base.FLOAT)
STR = Type(Base.STR)
DURATION = Type(Base.DURATION)
TIME = Type(Base.TIME)
DID = Type(Base.DID)
URI = Type(Base.URI)
ERROR = Type(Base.ERROR)
SET_OF_STR = Type(Base.STR, Form.SET)


def list_of(item: Type) -> Type:
    """The list type of an element type."""
    return Type(item.base, Form.LIST)


_N, _D, _T = "number", Base.DURATION, Base.TIME
_ARITHMETIC: dict[tuple[str, str, str], Base | str] = {
    ("+", _N, _N): _N,
    ("+", _D, _D): _D,
    ("+", _T, _D): _T,
    ("+", _D, _T): _T,
    ("-", _N, _N): _N,
    ("-", _D, _D): _D,
    ("-", _T, _D): _T,
    ("-", _T, _T): _D,
    ("*", _N, _N): _N,
    ("*", _N, _D): _D,
    ("*", _D, _N): _D,
    ("/", _N, _N): Base.FLOAT,
    ("/", _D, _N): _D,
    ("/", _D, _D): Base.FLOAT,
    ("//", Base.INT, Base.INT): Base.INT,
    ("//", _D, _D): Base.INT,
    ("%", Base.INT, Base.INT): Base.INT,
}


def arithmetic(operator: str, left: Type, right: Type) -> Type | None:
    """The type of `left operator right`; None where there is none."""
    if left.form is not Form.ONE or right.form is not Form.ONE:
        return None
    found = _ARITHMETIC.get((operator, left.base, right.base))
    if found is None:
        found = _ARITHMETIC.get((operator, _family(left), _family(right)))
    if found is None:
        return None
    if found == _N:
        return FLOAT if Base.FLOAT in (left.base, right.base) else INT
    return Type(Base(found))


def _family(kind: Type) -> str:
    return _N if kind.base in NUMBERS else kind.base


def orderable(left: Type, right: Type) -> bool:
    """May `left < right` be written?"""
    if left.form is not Form.ONE or right.form is not Form.ONE:
        return False
    return _family(left) == _family(right) and _family(left) in (_N, _D, _T)


def equatable(left: Type, right: Type) -> bool:
    """May `left == right` be written? A did and a uri are never equal, so that is refused."""
    if left.form is not Form.ONE or right.form is not Form.ONE:
        return False
    if left.base is right.base or orderable(left, right):
        return True
    return left.is_text and right.is_text and Base.STR in (left.base, right.base)
