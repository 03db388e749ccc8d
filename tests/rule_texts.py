"""Make arrivals of a small rule, for tests of its versions."""

from dataclasses import replace

from skywarden.moderation.releases import Arrival
from skywarden.rules.one_rule import plan_of
from skywarden.rules.source import NO_SETS, ParameterFile, RuleFile, RuleSources, Sets

LIMITS = """from skywarden.lang import *

LEAST = parameter("least", 3)
"""
RULE = '''from skywarden.lang import *
from .limits import LEAST


@rule(on=post.created, then=tag(author, "often"))
def often():
    """{posts} posts."""
    posts = count(by=author.did, over=1 * hour)
    return posts >= LEAST and not contains_any(post.text, wordlist("kind"))
'''
KIND = Sets({"kind": frozenset({"thanks", "please"})})


def sources(least: int = 3, *, words: Sets = KIND, added: Sets = NO_SETS, rule: str = "often") -> RuleSources:
    """The texts of a rule that counts posts."""
    own = RuleFile("/rules/often.py", RULE.replace("often", rule), "/rules", "often", whole=False)
    lent = RuleFile("/rules/limits.py", LIMITS, "/rules", "limits", whole=False, for_names=True)
    tuned = ParameterFile("/rules/parameters.toml", f"[limits]\nleast = {least}\n", "/rules")
    return RuleSources(rule, (own, lent), (tuned,), words, added)


def arrival(
    least: int = 3,
    *,
    added: Sets = NO_SETS,
    succeeds: str | None = None,
    author: str = "rule-folder",
    rule: str = "often",
) -> Arrival:
    """The rule as its folder holds it."""
    texts = sources(least, added=added, rule=rule)
    return Arrival(texts, plan_of(texts).versions[rule], author, succeeds)


def with_text(one: Arrival, old: str, new: str) -> Arrival:
    """The arrival after an edit of the rule's file."""
    own, *others = one.sources.files
    edited = replace(one.sources, files=(replace(own, text=own.text.replace(old, new)), *others))
    return replace(one, sources=edited, version=plan_of(edited).versions[one.rule])
