"""Functions of texts: what they contain, how they look, what they are made of."""

from skywarden.rules.catalog.function import Function, Parameter
from skywarden.rules.catalog.name import STRS
from skywarden.rules.types import BOOL, FLOAT, INT, SET_OF_STR, STR

_text = Parameter("text", STR)
_exact = Parameter("exact_case", BOOL, literal=True, default=False)
_pattern = Parameter("pattern", STR, literal=True)
_name, _other = Parameter("text", STR), Parameter("other", STR)

TEXT_FUNCTIONS: tuple[Function, ...] = (
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
        "count_matches",
        (_text, _pattern),
        INT,
        "How often the pattern (RE2 syntax, linear time) is found in the text, one after the other.",
        "count_matches",
    ),
    Function(
        "capture",
        (_text, _pattern),
        STR,
        "What the pattern's first group found, or the whole pattern where it has none; unknown where nothing was.",
        "capture",
    ),
    Function("words_of", (_text,), STRS, "The words of the text in their order, case folded.", "words"),
    Function("word_count", (_text,), INT, "How many words the text has.", "word_count"),
    Function("line_count", (_text,), INT, "How many lines of the text are not blank.", "line_count"),
    Function("letter_count", (_text,), INT, "How many letters the text has, of any script.", "letter_count"),
    Function("digit_count", (_text,), INT, "How many decimal digits the text has, of any script.", "digit_count"),
    Function(
        "emoji_count",
        (_text,),
        INT,
        "How many emoji the text has, as the eye counts them: a flag or a family is one.",
        "emoji_count",
    ),
    Function(
        "uppercase_share",
        (_text,),
        FLOAT,
        "Share of upper-case letters among those that have a case; unknown where none has.",
        "uppercase_share",
    ),
    Function(
        "repeated_share",
        (_text,),
        FLOAT,
        "Share of the words that came before in the text, 0 to 1; unknown for a text without words.",
        "repeated_share",
    ),
    Function(
        "longest_run", (_text,), INT, "The most times that one character stands in a row: 5 in aaaaah.", "longest_run"
    ),
    Function(
        "script_of",
        (_text,),
        STR,
        "The script of most letters, such as Latin, Cyrillic, Arabic, Han; unknown for a text without letters.",
        "main_script",
    ),
    Function("scripts_of", (_text,), STRS, "All scripts of the text's letters, in the order they come.", "scripts"),
    Function(
        "mixed_scripts",
        (_text,),
        BOOL,
        "A word of the text mixes scripts that look alike, as a Cyrillic letter among Latin ones.",
        "mixed_scripts",
    ),
    Function(
        "unleet",
        (_text,),
        STR,
        "The skeleton with letters for the digits and signs that stand for them (0 is o, 1 and i are l, 3 is e, 4 and "
        "@ are a, 5 and $ are s, 7 is t, 8 is b), and runs of three and more as one letter. "
        "Compare it with unleet of another text.",
        "unleet",
    ),
    Function(
        "strip",
        (_text, Parameter("characters", STR, literal=True, default="")),
        STR,
        "The text without white space, or without the characters, at both ends.",
        "strip",
    ),
    Function(
        "replace",
        (_text, Parameter("part", STR, literal=True), Parameter("by", STR, literal=True)),
        STR,
        "The text with something else in the place of every `part`.",
        "replace",
    ),
    Function(
        "slice",
        (
            _text,
            Parameter("start", INT, literal=True, bounds=(-10_000, 10_000)),
            Parameter("stop", INT, literal=True, bounds=(-10_000, 10_000)),
        ),
        STR,
        "Characters from number `start`, 0 being the first, up to `stop`; negative numbers count from the end.",
        "slice",
    ),
    Function(
        "split",
        (_text, Parameter("separator", STR, literal=True)),
        STRS,
        "The parts of the text between separators.",
        "split",
    ),
    Function("to_int", (_text,), INT, "The whole number that the text is; unknown where it is none.", "to_int"),
    Function("sha256", (_text,), STR, "SHA-256 of the text's UTF-8, in hexadecimal.", "sha256"),
    Function("md5", (_text,), STR, "MD5 of the text's UTF-8, in hexadecimal, for lists that are kept so.", "md5"),
    Function(
        "base64_decoded",
        (_text,),
        STR,
        "The text that this one is in base64; unknown where it is none.",
        "base64_decoded",
    ),
    Function(
        "edit_distance",
        (_name, _other),
        INT,
        "Letters to insert, delete or replace to make one text the other; the first 256 letters are compared.",
        "edit_distance",
    ),
    Function(
        "likeness",
        (_name, _other),
        FLOAT,
        "How alike two names are, 0 to 1 (Jaro-Winkler); the first 256 letters are compared.",
        "likeness",
    ),
    Function(
        "closest",
        (_text, Parameter("names", SET_OF_STR, literal=True)),
        FLOAT,
        "The likeness to the name of the set that is most like the text. For sets of up to some thousand names.",
        "closest",
    ),
)
