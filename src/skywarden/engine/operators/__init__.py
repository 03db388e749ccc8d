"""Every operator of a plan, by name."""

from skywarden.engine.operators.arithmetic import ARITHMETIC
from skywarden.engine.operators.contract import Operator
from skywarden.engine.operators.distances import DISTANCES
from skywarden.engine.operators.each import EACH
from skywarden.engine.operators.elements import ELEMENTS
from skywarden.engine.operators.events import EVENTS
from skywarden.engine.operators.keys import KEYS
from skywarden.engine.operators.lists import LISTS
from skywarden.engine.operators.logic import LOGIC
from skywarden.engine.operators.matches import MATCHES
from skywarden.engine.operators.pairs import PAIRS
from skywarden.engine.operators.records import RECORDS
from skywarden.engine.operators.signature import SIGNATURES
from skywarden.engine.operators.text import TEXT
from skywarden.engine.operators.times import TIMES
from skywarden.engine.operators.windows import WINDOWS

OPERATORS: dict[str, Operator] = {
    **EVENTS,
    **LOGIC,
    **ARITHMETIC,
    **TEXT,
    **LISTS,
    **PAIRS,
    **KEYS,
    **SIGNATURES,
    **WINDOWS,
    **RECORDS,
    **TIMES,
    **MATCHES,
    **ELEMENTS,
    **EACH,
    **DISTANCES,
}

__all__ = ["OPERATORS", "Operator"]
