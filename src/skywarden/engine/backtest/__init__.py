"""Run rules over history exactly as they would have run live, and sum up what they found; stores nothing."""

from skywarden.engine.backtest.hits import HitColumns, HitSink
from skywarden.engine.backtest.needs import Needs, needs_of
from skywarden.engine.backtest.run import BacktestResult, run_backtest

__all__ = ["BacktestResult", "HitColumns", "HitSink", "Needs", "needs_of", "run_backtest"]
