"""Turn stored decisions into what led to them and what followed, and make them once more."""

from skywarden.moderation.evidence.redecide import Redecided, redecide
from skywarden.moderation.evidence.rows import DecisionFound, EffectFound, EventFound, Evidence, HitFound, LabelFound

__all__ = [
    "DecisionFound",
    "EffectFound",
    "EventFound",
    "Evidence",
    "HitFound",
    "LabelFound",
    "Redecided",
    "redecide",
]
