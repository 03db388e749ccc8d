"""Turn the catalogue into the language's reference page."""

from skywarden.rules.catalog import EVENT_KINDS, FUNCTIONS, NAMES, SUBJECTS, Function
from skywarden.rules.catalog.functions import REPORT_REASONS, UNITS
from skywarden.rules.limits import DEFAULT_LIMITS

_INTRO = """A rule file is valid Python that is parsed and checked, never executed.

    from skywarden.lang import *

    young = author.age < 14 * days

    @rule(on=post.created, then=[label(post, "spam"), report(author, reason="spam")], limit=per_day(200))
    def same_text_again():
        \"\"\"{author.handle} posted one text {copies} times in a day.\"\"\"
        copies = count(by=(author.did, same_text(post.text)), over=1 * days)
        return young and copies >= 20

Anything may be unknown: not looked up yet, or not in the record.
A comparison with an unknown value is unknown; `and`, `or` and `not` follow Kleene's logic; a rule fires only on true.
`known(x)` asks, `x.or_else(value)` decides.

Windows go by event time and count the current event.
A window is (t - over, t], kept in 60 slices: an event older than the window never counts, and one within it may be left
out when it is in the oldest sixtieth; `exact=True` keeps every time.
`where=` decides which events count; every event of the rule's kinds reads the number.
A window without a known key is unknown.
"""


def language_page() -> str:
    """The page as Markdown."""
    lines = ["# The rule language\n", "<!-- Made by `skywarden docs`; change the code, not this page. -->\n", _INTRO]
    lines += ["## Events, for `on=`\n", "| kind | meaning |", "|---|---|"]
    lines += [f"| `{path}` | {kind.doc} |" for path, kind in EVENT_KINDS.items()]
    lines += ["\n## Values\n", "| name | type | meaning |", "|---|---|---|"]
    lines += [f"| `{path}` | {entry.type} | {entry.doc} |" for path, entry in NAMES.items()]
    lines += ["\n## Functions\n", "| function | gives | meaning |", "|---|---|---|"]
    lines += [f"| `{_signature(function)}` | {function.result} | {function.doc} |" for function in FUNCTIONS.values()]
    lines += [
        "| `x.or_else(value)` | as x | The value, or the other one where it is unknown. |",
        "| `author.is_followed_by(account)` | bool | For post.parent.did, post.root.did, subject.did. |",
    ]
    units = ", ".join(f"`{name}`" for name in UNITS)
    lines += [f"\nUnits of time: {units}; write `14 * days`.\n", "## Effects, for `then=`\n"]
    subjects = ", ".join(f"`{name}`" for name in SUBJECTS)
    reasons = ", ".join(f"`{reason}`" for reason in REPORT_REASONS)
    lines += [
        "`label(subject, value)`, `tag(subject, value)`, `report(subject, reason=...)`; "
        "`limit=per_day(n)` is the rule's breaker.\n",
        f"Subjects: {subjects}.\n",
        f"Reasons: {reasons}.\n",
        "## Limits\n",
        "| limit | value |",
        "|---|---|",
    ]
    lines += [f"| `{name}` | {getattr(DEFAULT_LIMITS, name):,} |" for name in DEFAULT_LIMITS.__dataclass_fields__]
    return "\n".join(lines) + "\n"


def _signature(function: Function) -> str:
    if function.signature:
        return function.signature.replace("|", "\\|")
    parts = [
        parameter.name if parameter.default is None else f"{parameter.name}={parameter.default}"
        for parameter in function.parameters
    ]
    return f"{function.name}({', '.join(parts)})"
