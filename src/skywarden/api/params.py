"""Read query parameters as lexicons declare them: arrays by repeating the name, whole numbers within bounds."""

import re

from starlette.datastructures import QueryParams

from skywarden.api.answers import invalid

_WHOLE = re.compile(r"\d{1,16}")


def text_list(params: QueryParams, name: str, *, at_most: int, max_chars: int) -> tuple[str, ...]:
    """Every value of a repeated parameter, in order. Raises: Rejected InvalidRequest."""
    values = tuple(params.getlist(name))
    if len(values) > at_most:
        raise invalid(name, f"at most {at_most} values", str(len(values)))
    for value in values:
        if not value or len(value) > max_chars:
            raise invalid(name, f"1 to {max_chars} characters", repr(value[:100]))
    return values


def whole_number(params: QueryParams, name: str, default: int, *, low: int, high: int) -> int:
    """A whole number within bounds, `default` when absent. Raises: Rejected InvalidRequest."""
    text = params.get(name)
    if text is None:
        return default
    if not (_WHOLE.fullmatch(text) and text.isascii() and low <= int(text) <= high):
        raise invalid(name, f"a whole number from {low} to {high}", repr(text))
    return int(text)
