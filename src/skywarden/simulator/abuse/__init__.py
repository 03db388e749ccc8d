"""Abusive campaigns of eight brisk and five patient kinds, each act with its ground truth."""

from skywarden.simulator.abuse.campaign import BRISK, PATIENT, AbuseKind, Strength
from skywarden.simulator.abuse.director import Director

__all__ = ["BRISK", "PATIENT", "AbuseKind", "Director", "Strength"]
