"""Say why a rule was true for an event or not: each value, each part of its condition, what its windows held."""

from skywarden.engine.explain.find import find_event
from skywarden.engine.explain.parts import Part
from skywarden.engine.explain.replay import Explanation, explain_rule
from skywarden.engine.explain.windows import Held, WindowSeen

__all__ = ["Explanation", "Held", "Part", "WindowSeen", "explain_rule", "find_event"]
