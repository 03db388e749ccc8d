"""Word pools and sentence patterns -> the texts, names and links of simulated people, in several languages."""

from skywarden.simulator.text.grammar import ABUSE, CUSTOMS, LANGUAGES, Pool, load_pool
from skywarden.simulator.text.variation import lightly_varied, look_alike

__all__ = ["ABUSE", "CUSTOMS", "LANGUAGES", "Pool", "lightly_varied", "load_pool", "look_alike"]
