"""How the engine works where only what it finds is asked, not how long it takes."""

from skywarden.engine.budget import Budget
from skywarden.engine.engine import EngineConfig

UNLIMITED = EngineConfig(budget=Budget(event_s=1.0, floor_s=3_600.0))
"""A busy machine must not disable a rule: the figures would then depend on the machine."""
