"""A rule's version is the hash of what it computes and proposes, and of nothing else."""

from skywarden.rules import RuleFile, Sets, compile_rules

TEXT = '''"""A file."""
from skywarden.lang import *

LIMIT = 3
young = author.age < 14 * days


@rule(on=post.created, then=label(post, "spam"))
def copies():
    """{author.handle} again."""
    return young and count(by=author.did, over=1 * hour) > LIMIT


@rule(on=post.created, then=tag(author, "shop"))
def shops():
    """{author.handle} sells."""
    return contains_any(post.text, wordlist("shops"))
'''
SETS = Sets({"shops": frozenset({"a shop"})})


def versions(text: str = TEXT, sets: Sets = SETS) -> dict[str, str]:
    return compile_rules([RuleFile("a.py", text)], sets).versions


def test_comments_and_spaces_leave_the_version() -> None:
    other = TEXT.replace("young and", "young   and").replace('"""A file."""', "# a comment")
    assert versions(other) == versions()


def test_a_threshold_changes_the_version_of_the_rules_that_use_it_only() -> None:
    other = versions(TEXT.replace("LIMIT = 3", "LIMIT = 4"))
    assert other["copies"] != versions()["copies"]
    assert other["shops"] == versions()["shops"]


def test_an_effect_a_reason_and_a_set_change_the_version() -> None:
    assert versions(TEXT.replace('"spam"', '"rude"'))["copies"] != versions()["copies"]
    assert versions(TEXT.replace("again", "anew"))["copies"] != versions()["copies"]
    assert versions(sets=Sets({"shops": frozenset({"b shop"})}))["shops"] != versions()["shops"]


def test_a_window_keeps_its_name_when_the_rest_of_the_rule_changes() -> None:
    def windows(text: str) -> set[str]:
        plan = compile_rules([RuleFile("a.py", text)], SETS)
        return {node.digest for scope in plan.scopes for node in scope.nodes if node.op == "count"}

    assert windows(TEXT.replace("> LIMIT", "> LIMIT + 1")) == windows(TEXT)
    assert windows(TEXT.replace("1 * hour", "2 * hours")) != windows(TEXT)
    assert windows(TEXT.replace("on=post.created", "on=post.updated")) != windows(TEXT)
