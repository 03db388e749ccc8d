"""The functions of the language: parameters, types, docs and the operator that each becomes."""

from skywarden.rules.catalog.function import Function, Parameter
from skywarden.rules.catalog.stateful import STATEFUL
from skywarden.rules.types import BOOL, FLOAT, INT, SET_OF_STR, STR

_text = Parameter("text", STR)
_exact = Parameter("exact_case", BOOL, literal=True, default=False)

_ENTRIES: tuple[Function, ...] = (
    Function(
        "contains",
        (_text, Parameter("part", STR, literal=True), _exact),
        BOOL,
        "The text has `part` in it; upper and lower case are the same unless exact_case=True.",
        "contains",
    ),
    Function(
        "starts_with",
        (_text, Parameter("part", STR, literal=True), _exact),
        BOOL,
        "The text begins with `part`; upper and lower case are the same unless exact_case=True.",
        "starts_with",
    ),
    Function(
        "ends_with",
        (_text, Parameter("part", STR, literal=True), _exact),
        BOOL,
        "The text ends with `part`; upper and lower case are the same unless exact_case=True.",
        "ends_with",
    ),
    Function(
        "contains_any",
        (_text, Parameter("words", SET_OF_STR, literal=True)),
        BOOL,
        "The text has one of the words or phrases, whole words only, upper and lower case the same.",
        "contains_any",
    ),
    Function(
        "looks_like_any",
        (_text, Parameter("words", SET_OF_STR, literal=True)),
        BOOL,
        "A word of the text, or the text as a whole, reads like one of the words, with whatever letters it is written.",
        "looks_like_any",
    ),
    Function(
        "matches",
        (_text, Parameter("pattern", STR, literal=True)),
        BOOL,
        "The pattern (RE2 syntax, linear time) is found somewhere in the text.",
        "matches",
    ),
    Function(
        "lower", (_text,), STR, "The text with upper and lower case made the same (Unicode case folding).", "fold"
    ),
    Function(
        "normalise",
        (_text,),
        STR,
        "The text in compatibility form (NFKC), case folded, without invisible characters, spaces collapsed.",
        "normalise",
    ),
    Function(
        "skeleton",
        (_text,),
        STR,
        "The text as the eye reads it: normalised, look-alike letters made the same, marks and separators gone.",
        "skeleton",
    ),
    Function(
        "same_text",
        (_text,),
        STR,
        "A key that copies of a text share: its words without links, mentions, digits, case or spacing; "
        "unknown for texts of fewer than 12 letters.",
        "same_text",
    ),
    Function(
        "name_key",
        (_text,),
        STR,
        "A key that imitations of a handle or display name share: its skeleton without numbers or words such as "
        "official or support at the end; unknown for fewer than 4 letters.",
        "name_key",
    ),
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
