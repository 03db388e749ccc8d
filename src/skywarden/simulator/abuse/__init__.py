"""Abusive campaigns of eight kinds, each act with its ground truth."""

from skywarden.simulator.abuse.campaign import AbuseKind, Strength
from skywarden.simulator.abuse.director import Director

__all__ = ["AbuseKind", "Director", "Strength"]
