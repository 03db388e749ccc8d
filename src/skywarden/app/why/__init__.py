"""Answer why: what led to a label or a decision, what followed, and whether the same would be decided again.

Refuses to guess: what was not kept is said to be missing.
"""

from skywarden.app.why.about import about
from skywarden.app.why.answers import Answer, Entry
from skywarden.app.why.explain import ExplainService
from skywarden.app.why.labels import find_label
from skywarden.app.why.replay import Replayed, ReplayService, Verdict
from skywarden.app.why.rule_texts import RuleText, RuleTexts

__all__ = [
    "Answer",
    "Entry",
    "ExplainService",
    "ReplayService",
    "Replayed",
    "RuleText",
    "RuleTexts",
    "Verdict",
    "about",
    "find_label",
]
