"""What the catalogue says of one function."""

from dataclasses import dataclass

from skywarden.rules.types import Type


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `literal` must be known at compile time, within `bounds`, and becomes part of the operator."""

    name: str
    type: Type
    literal: bool = False
    default: bool | int | str | None = None
    bounds: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """`op` is empty for functions that the checker treats one by one (check/special.py, check/windows.py)."""

    name: str
    parameters: tuple[Parameter, ...]
    result: Type
    doc: str
    op: str = ""
    signature: str = ""
