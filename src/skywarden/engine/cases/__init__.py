"""Rule cases: short stories of events beside the rules, run through the real engine."""

from skywarden.engine.cases.read import Case, read_cases
from skywarden.engine.cases.run import CaseResult, RuleReport, run_cases

__all__ = ["Case", "CaseResult", "RuleReport", "read_cases", "run_cases"]
