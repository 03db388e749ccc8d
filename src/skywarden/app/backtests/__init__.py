"""Join history, rules and what was stored into the report of a backtest, and keep it."""

from skywarden.app.backtests.report import BacktestReport, RuleReport
from skywarden.app.backtests.request import BacktestRequest, Period
from skywarden.app.backtests.run import Apart, backtest
from skywarden.app.backtests.store import Backtests, StoredBacktest

__all__ = [
    "Apart",
    "BacktestReport",
    "BacktestRequest",
    "Backtests",
    "Period",
    "RuleReport",
    "StoredBacktest",
    "backtest",
]
