"""Functions of sets, lists, times and image hashes."""

from skywarden.rules.catalog.function import Function, Parameter
from skywarden.rules.catalog.name import STRS
from skywarden.rules.types import BOOL, DURATION, INT, SET_OF_STR, STR, TIME

_items, _time = Parameter("items", STRS), Parameter("time", TIME)

VALUE_FUNCTIONS: tuple[Function, ...] = (
    Function(
        "in_set",
        (Parameter("text", STR), Parameter("entries", SET_OF_STR, literal=True)),
        BOOL,
        "The text is an entry of the set, exactly. The same as: text in wordlist(...).",
        "in_set",
    ),
    Function(
        "element",
        (_items, Parameter("number", INT, literal=True, bounds=(-10_000, 10_000))),
        STR,
        "Element of a list by its number, 0 being the first and -1 the last; unknown where there is none.",
        "at",
    ),
    Function("count_different", (_items,), INT, "How many different elements a list has.", "different"),
    Function(
        "overlap",
        (_items, Parameter("others", STRS)),
        INT,
        "How many different elements two lists have in common.",
        "overlap",
    ),
    Function(
        "join",
        (_items, Parameter("separator", STR, literal=True, default=" ")),
        STR,
        "The elements of a list as one text, with the separator between them.",
        "join",
    ),
    Function("hour_of_day", (_time,), INT, "The hour in UTC, 0 to 23.", "hour_of_day"),
    Function("weekday", (_time,), INT, "The day of the week in UTC: 0 is Monday, 6 Sunday.", "weekday"),
    Function(
        "time_bucket",
        (_time, Parameter("width", DURATION, literal=True, bounds=(1_000_000, 366 * 86_400_000_000))),
        TIME,
        "The begin of the stretch of this width that the time is in; stretches are counted from 1970.",
        "time_bucket",
    ),
    Function(
        "hash_distance",
        (Parameter("hash", STR), Parameter("other", STR)),
        INT,
        "Bits in which two image hashes (hexadecimal) differ; unknown where they are no hashes of one length.",
        "hash_distance",
    ),
    Function(
        "near_hash",
        (
            Parameter("hash", STR),
            Parameter("hashes", SET_OF_STR, literal=True),
            Parameter("within", INT, literal=True, default=31, bounds=(0, 512)),
        ),
        BOOL,
        "A hash of the set differs in at most `within` bits; unknown where the set has none of this length.",
        "near_hash",
    ),
)
