"""Answer why: what led to a label or a decision, what followed, and whether the same would be decided again.

Refuses to guess: what was not kept is said to be missing.
"""

from skywarden.app.why.replay import Replayed, ReplayService, Verdict
from skywarden.app.why.rule_texts import RuleText, RuleTexts

__all__ = ["ReplayService", "Replayed", "RuleText", "RuleTexts", "Verdict"]
