"""The functions of the language: parameters, types, docs and the operator that each becomes."""

from skywarden.rules.catalog.address_functions import ADDRESS_FUNCTIONS
from skywarden.rules.catalog.function import Function, Parameter
from skywarden.rules.catalog.stateful import STATEFUL
from skywarden.rules.catalog.text_functions import TEXT_FUNCTIONS
from skywarden.rules.catalog.value_functions import VALUE_FUNCTIONS
from skywarden.rules.types import BOOL, FLOAT, INT, SET_OF_STR, STR

_text = Parameter("text", STR)

_ENTRIES: tuple[Function, ...] = (
    *TEXT_FUNCTIONS,
    *ADDRESS_FUNCTIONS,
    *VALUE_FUNCTIONS,
    Function(
        "length",
        (),
        INT,
        "Characters (code points) of a text, or elements of a list.",
        signature="length(value: Text | List) -> Int",
    ),
    Function(
        "in_set",
        (_text, Parameter("entries", SET_OF_STR, literal=True)),
        BOOL,
        "The text is an entry of the set, exactly. The same as: text in wordlist(...).",
        "in_set",
    ),
    Function(
        "wordlist",
        (Parameter("name", STR, literal=True),),
        SET_OF_STR,
        "The set in the file NAME.txt, or the array NAME of sets.toml, beside the rules.",
        signature="wordlist(name: str) -> Words",
    ),
    Function(
        "known",
        (),
        BOOL,
        "The value is known. Comparisons with an unknown value are unknown, and a rule fires only on true.",
        signature="known(value) -> Bool",
    ),
    Function(
        "any",
        (),
        BOOL,
        "The condition is true for an element of the list: any(contains(x, 'spam') for x in post.alt_texts).",
        signature="any(condition for x in list) -> Bool",
    ),
    Function(
        "all",
        (),
        BOOL,
        "The condition is true for every element of the list; true for an empty list.",
        signature="all(condition for x in list) -> Bool",
    ),
    Function("minimum", (), FLOAT, "The smaller of two numbers.", signature="minimum(a, b) -> number"),
    Function(
        "choose",
        (),
        STR,
        "The second value where the condition is true, the third where it is false; unknown where it is unknown.",
        signature="choose(condition, a, b) -> as a and b",
    ),
    Function("absolute", (), FLOAT, "A number or duration without its sign.", signature="absolute(x) -> as x"),
    Function("maximum", (), FLOAT, "The larger of two numbers.", signature="maximum(a, b) -> number"),
)

FUNCTIONS: dict[str, Function] = {entry.name: entry for entry in _ENTRIES} | {
    name: entry.function for name, entry in STATEFUL.items()
}

UNITS: dict[str, int] = {
    "seconds": 1_000_000,
    "minutes": 60_000_000,
    "hours": 3_600_000_000,
    "days": 86_400_000_000,
}
"""Microseconds of each unit; also in the singular."""
UNITS |= {name[:-1]: micros for name, micros in UNITS.items()}
