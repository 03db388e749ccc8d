"""Turn the catalogue of effects into their part of the reference page and of the stubs."""

from skywarden.rules.catalog.effects import (
    AFTER_DOC,
    EFFECTS,
    LIMIT_WORDS,
    OPTIONS,
    REPORT_REASONS,
    SEVERITIES,
    EffectEntry,
    ValueForm,
)
from skywarden.rules.catalog.names import SUBJECTS
from skywarden.rules.catalog.stateful import RATES

_TYPES = {"severity": f"Literal[{', '.join(repr(word) for word in SEVERITIES)}]".replace("'", '"')}


def effects_section() -> list[str]:
    """Lines of the reference page, from the heading on."""
    subjects = ", ".join(f"`{name}`" for name in SUBJECTS)
    reasons = ", ".join(f"`{reason}`" for reason in REPORT_REASONS)
    return [
        "## Effects, for `then=`\n",
        "| effect | meaning |",
        "|---|---|",
        *(f"| `{_call(entry)}` | {entry.doc} |" for entry in EFFECTS.values()),
        f"\nSubjects: {subjects}.\n",
        f"Reasons: {reasons}.\n",
        "| option | of | meaning |",
        "|---|---|---|",
        *(f"| `{name}=` | {_takers(name)} | {option.doc} |" for name, option in OPTIONS.items()),
        "\n| `limit=` | meaning |",
        "|---|---|",
        *(f"| `{word}(n)` | {doc} |" for word, doc in LIMIT_WORDS.items()),
        f"\n`@rule(after=10 * minutes)`: {AFTER_DOC}\n",
    ]


def effect_stubs() -> list[str]:
    """Lines of the stubs: a function an effect, the words of options and limits, the decorator."""
    lines = []
    for entry in EFFECTS.values():
        lines += [f"def {entry.kind}({_parameters(entry)}) -> Effect:", f'    """{entry.doc}"""']
    for word in RATES:
        kind = "Limit" if word in LIMIT_WORDS else "Rate"
        lines += [f"def {word}(number: Int | int) -> {kind}:", f'    """{_rate_doc(word)}"""']
    lines += [
        "def between(least: Duration, most: Duration) -> Between:",
        '    """A duration drawn anew for each effect, the same one in a replay."""',
        "def rule(",
        "    *,",
        "    on: Kind | list[Kind],",
        "    then: Effect | list[Effect],",
        "    limit: Limit | list[Limit] = ...,",
        "    after: Duration = ...,",
        ") -> Callable[[_F], _F]:",
        '    """Make a function a rule: its docstring is the reason, its return value the condition."""',
    ]
    return lines


def _call(entry: EffectEntry) -> str:
    names = ["subject", *([entry.value] if entry.value else []), *(f"{name}=" for name in entry.required)]
    return f"{entry.kind}({', '.join(names)})"


def _takers(option: str) -> str:
    takers = [entry.kind.value for entry in EFFECTS.values() if option in entry.options]
    return "every effect" if len(takers) == len(EFFECTS) else ", ".join(takers)


def _parameters(entry: EffectEntry) -> str:
    parts = ["subject: Subject"]
    if entry.value:
        reasons = ", ".join(f'"{reason}"' for reason in REPORT_REASONS)
        parts.append(f"{entry.value}: " + (f"Literal[{reasons}]" if entry.form is ValueForm.REASON else "str"))
    parts.append("*")
    for name in entry.options:
        default = "" if name in entry.required else " = ..."
        parts.append(f"{name}: {_TYPES.get(name, OPTIONS[name].type)}{default}")
    return ", ".join(parts)


def _rate_doc(word: str) -> str:
    span = word.removeprefix("per_")
    doc = f"So many {'an' if span == 'hour' else 'a'} {span}, for rate="
    limit = LIMIT_WORDS.get(word)
    return f"{doc}." if limit is None else f"{doc}. As limit=: {limit[0].lower()}{limit[1:]}"
