"""Turn the names of stored rule versions into a plan that can be run again."""

from time import thread_time

from skywarden.engine.backtest.part_plan import part_plan
from skywarden.kernel.clock import SystemClock
from skywarden.kernel.errors import Rejected
from skywarden.moderation.releases import Releases, State
from skywarden.rules import Compiler
from skywarden.rules.core import CheckedRule
from skywarden.rules.plan.build import build_plan
from skywarden.rules.plan.nodes import Plan
from skywarden.storage import Database

LIVE = "live"


def stored_plan(db: Database, plan: Plan, version: str) -> Plan:
    """The stored versions of a plan's rules: those that are live, or the one of that content hash.

    Raises: Rejected, where there is none.
    """
    releases = Releases(db, SystemClock())
    found = [
        one
        for rule in plan.rules
        for one in releases.versions(rule.name, *([State.LIVE] if version == LIVE else []))
        if version in (LIVE, one.version)
    ]
    if not found:
        raise Rejected("no such version", found=version, expected="a version that ran here, `live`, or a file")
    checked: list[CheckedRule] = []
    entries: dict[str, frozenset[str]] = {}
    for one in found:
        sources = releases.files_of(one.rule, one.version)
        sets = sources.sets.with_added(sources.added)
        rules = Compiler(clock=thread_time).check(sources.files, sets, sources.parameters)
        checked += [rule for rule in rules if rule.name == one.rule]
        entries |= sets.entries
    made = build_plan(checked, entries)
    return part_plan(made, set(made.versions))
