"""Say values of a report as people read them."""

from skywarden.model.hit import Value

_UNITS = ("B", "kB", "MB", "GB")
_STEP = 1_000


def share_text(share: float | None) -> str:
    """Percent with one place; nobody asked: a dash."""
    return "-" if share is None else f"{100 * share:.1f}%"


def bytes_text(count: int) -> str:
    """Bytes in the largest unit that leaves a whole number."""
    size = float(count)
    for unit in _UNITS:
        if size < _STEP or unit == _UNITS[-1]:
            return f"{size:.0f} {unit}" if unit == _UNITS[0] else f"{size:.1f} {unit}"
        size /= _STEP
    return str(count)


def value_text(value: Value) -> str:
    """A value that a rule saw."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)
