"""Turn the catalogue into the language's reference page."""

from skywarden.rules.catalog import EVENT_KINDS, FUNCTIONS, NAMES, Function
from skywarden.rules.catalog.functions import UNITS
from skywarden.rules.catalog.record_reads import RECORD_READS
from skywarden.rules.limits import DEFAULT_LIMITS
from skywarden.rules.reference.effects import effects_section

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

_FILES = """## Files, imports and parameters

A rule set is a folder of files, and of folders within it.
A file may use the named values of another one: `from .shared import young` means `young` of `shared.py` beside it,
`..` is the folder above, and `from .words.long import LIMIT` is in `words/long.py`.
Imports stand at the top, name what they import (`as` gives another name), and take definitions only: no rules,
nothing that the other file imported itself.
A file may consist of definitions only.

`parameters.toml` beside the rules sets what files declare as parameters:

    YOUNG = parameter("young", 14 * days, least=1 * day, most=90 * days, doc="Accounts younger than this.")
    MANY = parameter("many", 20)

    # parameters.toml; a section is a file's name, replies.py here; words/long.py is [words.long]
    [replies]
    young = "7 days"
    many = 30

A parameter is a bool, whole number, float, text or duration, as its default is; durations are written as text, `"1
hour 30 minutes"`.
The setting `rules.parameters` (or `--parameters FILE`) names a file of the same form whose values come last, so that
a shipped rule set is tuned without touching it.
A changed parameter makes the rules that use it new versions; `skywarden rules parameters` lists all.

## Errors and warnings

`skywarden rules check` tells all problems of all files at once; `--format json` gives them to editors, with ranges as
in the Language Server Protocol.
An *error* keeps the rules from being compiled. A *warning* says what is most likely not meant, and is told once a
file has no errors; `--strict` makes it end the command with exit code 1.

| code | what is wrong |
|---|---|
| `syntax`, `decorator` | Python that is not in the rule language, a function that is not a rule. |
| `import` | A file or a name that cannot be imported. |
| `name`, `type`, `argument`, `event` | A name, a type, an argument or a kind of event that does not fit. |
| `path` | A path that names no field of a record. |
| `pattern` | A pattern that the linear-time engine does not take. |
| `effect`, `reason` | An effect or a reason that cannot be made. |
| `parameter` | A parameter file that does not fit the parameters. |
| `limit` | Something beyond a limit of the table below. |
| `unreachable` | A rule that can never fire, a `where=` that nothing passes: what they ask for excludes itself. \
A warning where it is so only at the values that parameters have now, or of a part that `or` makes up for. |
| `state` | A window that would remember more keys than a feature holds. |
| `loop` | Rules whose labels, tags or sets make themselves or each other true again. |
| `cost` | Warning: a pattern that takes as much time as many usual ones. |
| `always` | Warning: a condition or a `where=` that is never false. |
| `unused` | Warning: an imported or defined name that nothing uses. |

How many keys a window would hold is reckoned, not measured: `events_per_s` events a second in all, of which four in ten
are likes, two follows and one a post; `active_accounts` accounts, each with four of a value that has few forms, such as
a language; one event in ten where there is a `where=`.
A key that is an account, or something said of one, is bounded by the accounts; one that is a text, a uri or a record
key grows with the events.
"""

_PATTERNS = r"""## Patterns

The patterns of `matches` are RE2's, with its Perl syntax, over Unicode characters, and mean exactly what RE2 says:
- a pattern is found anywhere in the text; `^` and `\A` are its start, `$` and `\z` its very end, after a
  last newline; with `(?m)` `^` and `$` are those of lines;
- `.` is any character but the newline, with `(?s)` that too; `[^a]` has the newline in it;
- `\d \w \s \b` and `[[:alpha:]]` know ASCII only; `\pL`, `\p{Greek}` and the like are for the rest;
- upper and lower case differ unless `(?i)` says otherwise, by simple folding: `(?i)k` is also the sign of Kelvin, and
  `(?i)ss` is not `ß`;
- there is no look-around and no back reference, and matching takes linear time.

All patterns on one text are looked for by one scan; what the scan cannot decide is matched by RE2 itself, row by row.
A test compares the two on random patterns and texts.

A pattern that has to have three fixed letters in a row somewhere (`free\s+gift`) is usual.
Any other is timed, when it is checked, on made-up posts beside usual ones, and warned of or refused by what it costs.
Wide classes without a fixed word (`(?i)[A-Z]{12,}`) and repeats of repeats are what makes a pattern dear.
"""

_PATHS = """A path is keys and numbers of elements joined by dots: `record.text("embed.images.0.alt")`.
It is checked when the rule is, and each record is parsed once however many paths the rules read.
`record.created("com.example.thing")` is on one collection only."""


def language_page() -> str:
    """The page as Markdown."""
    lines = [
        "# The rule language\n",
        "<!-- Made by `skywarden docs`; change the code, not this page. -->\n",
        _INTRO,
        _FILES,
    ]
    lines += ["## Events, for `on=`\n", "| kind | meaning |", "|---|---|"]
    lines += [f"| `{path}` | {kind.doc} |" for path, kind in EVENT_KINDS.items()]
    lines += ["\n## Values\n", "| name | type | meaning |", "|---|---|---|"]
    lines += [f"| `{path}` | {entry.type} | {entry.doc} |" for path, entry in NAMES.items()]
    lines += ["\n## Fields of any record\n", "| read | gives | meaning |", "|---|---|---|"]
    lines += [f"| `record.{read.name}(path)` | {read.result} | {read.doc} |" for read in RECORD_READS.values()]
    lines.append(f"\n{_PATHS}")
    lines += ["\n## Functions\n", "| function | gives | meaning |", "|---|---|---|"]
    lines += [f"| `{_signature(function)}` | {function.result} | {function.doc} |" for function in FUNCTIONS.values()]
    lines += [
        "| `x.or_else(value)` | as x | The value, or the other one where it is unknown. |",
        "| `author.is_followed_by(account)` | bool | For post.parent.did, post.root.did, subject.did. |",
    ]
    units = ", ".join(f"`{name}`" for name in UNITS)
    lines += [f"\nUnits of time: {units}; write `14 * days`.\n", _PATTERNS, *effects_section()]
    lines += [
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
