"""Draw patterns in RE2's syntax, and texts that they may match."""

from hypothesis import strategies as st

_LITERALS = "a b K s 1 _ - é Σ ς я ſ 😀 ß İ \u212a"
_ESCAPES = r"\n \. \x41 \x{e9}"
_CLASSES = r"""
    . \d \D \w \W \s \S [ab] [^ab] [a-k] [^\w] [\d\s] [[:alpha:]] [[:^upper:]_] \pL \PL \p{Greek} \p{^Lu} [\pN-] [^é-я]
    []a] [a\]-] [\x00-\x1f] \C
"""
_EDGES = r"^ $ \A \z \b \B (?m:^) (?m:$) (?m) (?i) (?s) (?-i) (?U)"
_OTHERS = r"\Qa.b\E ab foo \Q.\E { } ] a{,2} \101 \x{1F600}"
_REPEATS = "* + ? *? +? ?? {2} {1,3} {2,} {0,1} {0} {45} {1,50}?"
_GROUPS = "(%s) (?:%s) (?i:%s) (?s:%s) (?m:%s) (?P<name>%s) (?is-m:%s) (?-s:%s)"

LITERALS = [" ", *_LITERALS.split(), *_ESCAPES.split()]
CLASSES, REPEATS, GROUPS = _CLASSES.split(), _REPEATS.split(), _GROUPS.split()

_atoms = (
    st.sampled_from(LITERALS)
    | st.sampled_from(CLASSES)
    | st.sampled_from(_EDGES.split())
    | st.sampled_from(_OTHERS.split())
)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    repeated = st.builds(lambda part, count: f"(?:{part}){count}", inner, st.sampled_from(REPEATS))
    return st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map("|".join),
        st.builds(lambda group, part: group.replace("%s", part), st.sampled_from(GROUPS), inner),
        repeated,
        st.builds(lambda atom, count: atom + count, st.sampled_from(CLASSES), st.sampled_from(REPEATS)),
    )


PATTERNS = st.recursive(_atoms, _larger, max_leaves=8)
CHARACTERS = st.one_of(
    st.sampled_from("aabbKkSs1 \n\t_-.éÉΣσςяЯſ\u212a😀ßİıA]{}foo"),
    st.sampled_from("\x00\r\x0b\x85\u2028"),
    st.characters(codec="utf-8"),
)
TEXTS = st.lists(st.text(alphabet=CHARACTERS, max_size=12), min_size=1, max_size=12)
