"""`matches` means what google-re2 means, on any text."""

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from event_rows import batch, post
from skywarden.engine import Engine
from skywarden.rules import Plan, RuleFile, compile_rules

PATTERNS = [
    r"(?i)gold",
    r"\bwin\b",
    r"^\s*$",
    r"(a+)+$",
    r"^(\w+\s?)*$",
    r"[^\x00-\x7f]",
    r"\d{2,4}",
    r"(?s).b.c",
    r"\p{Greek}",
    r"x*",
    r"a|b$",
    r"\S+@\S+",
]
ALPHABET = st.sampled_from("aAbBcGgolOLd wini\n\t12 @äΣ\u200b😀\x00")
TEXTS = st.lists(st.text(alphabet=ALPHABET, max_size=20), min_size=1, max_size=20)


HEAD = 'from skywarden.lang import *\n@rule(on=post.created, then=tag(author, "x"))\n'


def plan_of(condition: str) -> Plan:
    return compile_rules([RuleFile("p.py", f'{HEAD}def r():\n    """."""\n    return {condition}\n')])


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=40, deadline=None)
@given(texts=TEXTS)
def test_a_batch_of_texts_matches_as_each_of_them_does(pattern: str, texts: list[str]) -> None:
    plan = plan_of(f"matches(post.text, {pattern!r})")
    hits = Engine(plan).process(batch([post(n, text=value) for n, value in enumerate(texts)])).hits
    assert [int(hit.offset) for hit in hits] == [n for n, value in enumerate(texts) if re2.search(pattern, value)]


def test_a_pattern_that_explodes_elsewhere_takes_linear_time() -> None:
    plan = plan_of(r'matches(post.text, r"^(\w+\s?)*$") or matches(post.text, r"(a+)+$")')
    assert Engine(plan).process(batch([post(0, text="a" * 100_000 + "!")])).hits == []
