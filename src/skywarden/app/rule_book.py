"""Turn what the rule folder holds and what people decided about it into two plans: what acts, and what runs in shadow.

Retry: settling again changes nothing. Crash: states are durable before the plans made of them are offered.
Two writers: one process follows the folder; people may move versions from any other, which is seen at the next look.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from skywarden.app.rule_folder import Contents, RuleFolder
from skywarden.kernel.clock import Clock
from skywarden.kernel.errors import SkywardenError
from skywarden.moderation.releases import Arrival, Releases, RuleVersion, State, follow_folder, succeed
from skywarden.moderation.releases.folder import FOLDER
from skywarden.observe.catalog import RULES_REFUSED
from skywarden.observe.logs import Logger
from skywarden.rules.core import CheckedRule
from skywarden.rules.one_rule import check_sources
from skywarden.rules.plan.build import PlanBuilder, build_plan
from skywarden.rules.plan.nodes import Plan
from skywarden.rules.source import NO_SETS, RuleSources, SetRef, Sets
from skywarden.storage import Database

Mode = Literal["reviewed", "direct"]


@dataclass(frozen=True, slots=True)
class Plans:
    """What acts, and what only hits."""

    live: Plan
    shadow: Plan

    @property
    def versions(self) -> tuple[dict[str, str], dict[str, str]]:
        return self.live.versions, self.shadow.versions


@dataclass(frozen=True, slots=True)
class _Held:
    """A version that is not what the folder holds, from its stored texts and the words that people add now."""

    sources: RuleSources
    version: str
    rule: CheckedRule


class RuleBook:
    """The rules of one platform. For one thread."""

    def __init__(self, folder: RuleFolder, db: Database, clock: Clock, mode: Mode) -> None:
        self.folder = folder
        self.releases = Releases(db, clock)
        self._db = db
        self._clock = clock
        self._mode = mode
        self._live, self._shadow = PlanBuilder(), PlanBuilder()
        self._held: dict[tuple[str, str], _Held | None] = {}
        self._added = NO_SETS
        self._change = 0
        self._plans: Plans | None = None

    def open(self) -> Plans:
        """Follow the folder, which was loaded, for the first time."""
        return self._settled()

    def reload(self) -> Plans | None:
        """The plans, when they are others than before. Raises: RuleErrors, Rejected; once a change."""
        if self.folder.reload() is None and self.releases.newest_change() == self._change:
            return None
        before = self._plans
        plans = self._settled()
        return None if before is not None and plans.versions == before.versions else plans

    def _settled(self) -> Plans:
        """Make the database and the folder agree, and the plans of what is live and in shadow then."""
        contents = self.folder.contents
        if contents.added != self._added:
            self._held, self._added = {}, contents.added
        adopt = self._mode == "direct" or self.releases.is_empty()
        follow_folder(self._db, self._clock, self._arrivals(contents), adopt=adopt)
        standing = self.releases.versions(None, State.LIVE, State.SHADOW)
        if newer := self._successors(standing, contents):
            succeed(self._db, self._clock, newer)
            standing = self.releases.versions(None, State.LIVE, State.SHADOW)
        self._change = self.releases.newest_change()
        self._plans = Plans(
            self._plan(self._live, [one for one in standing if one.state is State.LIVE], contents),
            self._plan(self._shadow, [one for one in standing if one.state is State.SHADOW], contents),
        )
        return self._plans

    def _arrivals(self, contents: Contents) -> list[Arrival]:
        """What the folder holds, each with the version that it is a continuation of."""
        known = self.releases.standing()
        versions, found = contents.plan.versions, []
        for rule in contents.rules:
            version, sources = versions[rule], self.folder.sources_of(rule)
            others = [one for one in known if one.rule == rule]
            succeeds = None
            if all(one.version != version for one in others):
                same = (one.version for one in others if self._version_today(one) == version)
                succeeds = next(same, None)
            found.append(Arrival(sources, version, _author(sources), succeeds))
        return found

    def _successors(self, standing: Sequence[RuleVersion], contents: Contents) -> list[Arrival]:
        """Versions beside the folder whose texts make another version with the words of now."""
        found = []
        for one in standing:
            held = self._of(one, contents)
            if isinstance(held, _Held) and held.version != one.version:
                found.append(Arrival(held.sources, held.version, one.author, one.version))
        return found

    def _plan(self, builder: PlanBuilder, versions: Sequence[RuleVersion], contents: Contents) -> Plan:
        if {one.rule: one.version for one in versions} == {
            rule: contents.plan.versions[rule] for rule in contents.rules
        }:
            return contents.plan
        rules: list[CheckedRule] = []
        others: dict[SetRef, frozenset[str]] = {}
        for one in versions:
            held = self._of(one, contents)
            if isinstance(held, _Held):
                rules.append(held.rule)
                others |= _other_sets(held.sources, contents.sets)
            elif held is not None:
                rules.append(held)
        return builder.build(rules, contents.sets.entries, others)

    def _of(self, one: RuleVersion, contents: Contents) -> CheckedRule | _Held | None:
        """The rule as the folder holds it, or as it is stored; None where this release cannot read it any more."""
        if contents.plan.versions.get(one.rule) == one.version and one.rule in contents.rules:
            return contents.rules[one.rule]
        return self._stored(one)

    def _version_today(self, one: RuleVersion) -> str | None:
        held = self._stored(one)
        return None if held is None else held.version

    def _stored(self, one: RuleVersion) -> _Held | None:
        key = (one.rule, one.version)
        if key not in self._held:
            try:
                self._held[key] = self._compiled(one)
            except SkywardenError as error:
                self._held[key] = None
                Logger("rules").error(RULES_REFUSED, detail=f"{one.rule} {one.version} from its stored texts: {error}")
        return self._held[key]

    def _compiled(self, one: RuleVersion) -> _Held:
        stored = self.releases.files_of(one.rule, one.version)
        names = stored.sets.entries.keys() | stored.added.entries.keys()
        more = {name: entries for name, entries in self._added.entries.items() if name in names}
        sources = replace(
            stored, added=Sets(more), sets=stored.sets.with_added(Sets(dict.fromkeys(names, frozenset())))
        )
        rule = check_sources(sources)
        return _Held(sources, build_plan([rule], {}).versions[one.rule], rule)


def _other_sets(sources: RuleSources, sets: Sets) -> dict[SetRef, frozenset[str]]:
    """The sets of stored texts that are not what the folder's sets of their names are."""
    full = sources.sets.with_added(sources.added)
    refs = {full.ref(name): entries for name, entries in full.entries.items()}
    return {ref: entries for ref, entries in refs.items() if ref.name not in sets.entries or sets.ref(ref.name) != ref}


def _author(sources: RuleSources) -> str:
    """Who owns the rule's file, as far as the file system tells."""
    try:
        return Path(sources.files[0].name).owner()
    except (OSError, KeyError, NotImplementedError):
        return FOLDER.actor
