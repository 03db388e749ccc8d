"""Rule text -> Plan; pure but for `folder.py`, and never executed."""

from skywarden.rules.compile import compile_rules
from skywarden.rules.folder import load_folder
from skywarden.rules.plan.nodes import Plan
from skywarden.rules.problems import RuleErrors
from skywarden.rules.source import RuleFile, Sets

__all__ = ["Plan", "RuleErrors", "RuleFile", "Sets", "compile_rules", "load_folder"]
