"""Rule text -> Plan; pure but for `folder.py`, and never executed."""

from skywarden.rules.compile import compile_rules
from skywarden.rules.compiler import Compiler
from skywarden.rules.folder import load_folder
from skywarden.rules.plan.nodes import Plan
from skywarden.rules.problems import RuleErrors
from skywarden.rules.source import ParameterFile, RuleFile, Sets

__all__ = ["Compiler", "ParameterFile", "Plan", "RuleErrors", "RuleFile", "Sets", "compile_rules", "load_folder"]
