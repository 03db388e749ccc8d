"""Log x plan -> hits and effects; the same engine for the stream, for replay and for rule cases."""

from skywarden.engine.engine import Engine, EngineConfig, EngineResult

__all__ = ["Engine", "EngineConfig", "EngineResult"]
