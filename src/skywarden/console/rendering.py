"""Make the template environment: everything is escaped, and what people wrote is kept from moving what is around it."""

import unicodedata
from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

_SECOND_US = 1_000_000


def make_templates() -> Environment:
    """The templates of this package, with the filters they use."""
    templates = Environment(
        loader=PackageLoader("skywarden.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.filters |= {
        "duration": duration_text,
        "ago": ago_text,
        "moment": moment_text,
        "count": count_text,
        "code_points": code_points,
    }
    return templates


def duration_text(seconds: float) -> str:
    """Say a duration as people do: 4 s, 3 min, 2 h 5 min, 3 d 4 h."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if hours < 1:
        return f"{minutes} min"
    if days < 1:
        return f"{hours} h {minutes % 60} min"
    return f"{days} d {hours % 24} h"


def ago_text(then: str | int | None, now_us: int) -> str:
    """How long ago a time was, given as text of the protocol or in microseconds; empty for none."""
    if then is None or then == "":
        return ""
    then_us = then if isinstance(then, int) else _micros(then)
    if then_us is None:
        return str(then)
    if then_us > now_us:
        return f"in {duration_text((then_us - now_us) / _SECOND_US)}"
    return f"{duration_text((now_us - then_us) / _SECOND_US)} ago"


def moment_text(time_us: int) -> str:
    """A moment to the second, in UTC."""
    return datetime.fromtimestamp(time_us / _SECOND_US, UTC).strftime("%Y-%m-%d %H:%M:%S")


def count_text(number: int) -> str:
    """A number with its thousands apart."""
    return f"{number:,}"


def code_points(text: str, most: int = 200) -> str:
    """Name the characters of a text, for one that is not what it looks like."""
    named = (f"U+{ord(each):04X} {unicodedata.name(each, 'unnamed')}" for each in text[:most])
    return "\n".join(named)


def _micros(text: str) -> int | None:
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        return None
    return round((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp() * _SECOND_US)
