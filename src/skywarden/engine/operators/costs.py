"""Say which operators are cheap: a rule's cheap conditions are asked first, the others only where they still matter."""

from skywarden.engine.operators.arithmetic import ARITHMETIC
from skywarden.engine.operators.events import EVENTS
from skywarden.engine.operators.keys import KEYS
from skywarden.engine.operators.lists import LISTS
from skywarden.engine.operators.logic import LOGIC

CHEAP, SCANNING, SLOW = range(3)
"""Up to 50 ns a row; a pass over the text; a call of Python a text."""
CLASSES = (CHEAP, SCANNING, SLOW)

_CHEAP = EVENTS.keys() | LOGIC.keys() | ARITHMETIC.keys() | LISTS.keys() | KEYS.keys()
_CHEAP_ON_TEXTS = frozenset({"text_eq", "text_ne", "in_values", "in_set", "length"})
_SLOW = frozenset({"normalise", "skeleton", "same_text", "name_key", "looks_like_any"})


def cost_of(op: str) -> int:
    """The class of an operator; what is not listed passes over texts."""
    if op in _CHEAP or op in _CHEAP_ON_TEXTS:
        return CHEAP
    return SLOW if op in _SLOW else SCANNING
