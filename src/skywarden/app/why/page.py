"""Turn an explanation into one HTML file: no script, nothing fetched, every value escaped and kept to its direction."""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from skywarden.app.why.answers import Answer, Entry
from skywarden.app.why.labels import named_text
from skywarden.engine.values import time_text
from skywarden.model.hit import Value
from skywarden.moderation.evidence.after import Sense

_LONG = 2_000


def answer_page(answer: Answer) -> str:
    """The page of one explanation."""
    return _environment().get_template("why.html").render(answer=answer, later=Sense.LATER)


def entries_page(entries: list[Entry]) -> str:
    """The page of what can be explained about a subject."""
    return _environment().get_template("about.html").render(entries=entries)


def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("skywarden.app.why"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    found.filters |= {"time": time_text, "value": _value, "cell": _cell, "label": named_text, "outcome": _outcome}
    return found


def _value(value: Value) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) if isinstance(value, list) else str(value)


def _cell(cell: object) -> str:
    text = str(cell)
    return text if len(text) <= _LONG else f"{text[:_LONG]}..."


_OUTCOMES: Mapping[Any, str] = {True: "good", False: "bad", None: "warn"}


def _outcome(value: Value) -> str:
    """The class of a value's colour; the word itself says the same."""
    return _OUTCOMES[value] if value is None or isinstance(value, bool) else "plain"
