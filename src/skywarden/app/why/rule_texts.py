"""Turn the name of a rule version into the rule as it ran then, from the kept texts, else from those of today."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from skywarden.kernel.clock import SystemClock
from skywarden.kernel.errors import Rejected
from skywarden.moderation.releases import Releases
from skywarden.rules import Compiler, Sets
from skywarden.rules.core import CheckedRule
from skywarden.rules.folder import Sources
from skywarden.rules.one_rule import check_sources
from skywarden.rules.plan.build import build_plan
from skywarden.storage import Database

PRESENT = "the text of this version was not kept; shown is that of the rule files as they are now"


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule with all that it is compiled from. `version` is what these texts compile to now.

    `note` is empty where they are the texts of the version that was asked for.
    """

    rule: CheckedRule
    version: str
    sets: Mapping[str, frozenset[str]]
    texts: Mapping[str, str]
    note: str = ""

    @property
    def definition(self) -> str:
        """The lines that define the rule, decorator and all."""
        text = self.texts[self.rule.file]
        for node in ast.parse(text).body:  # parsed to find its lines, never executed
            if isinstance(node, ast.FunctionDef) and node.name == self.rule.name:
                first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                return "\n".join(text.splitlines()[first - 1 : node.end_lineno])
        return text


@dataclass(slots=True)
class RuleTexts:
    """The kept texts of one database; `read_present` reads the rule files and word lists of today."""

    db: Database
    read_present: Callable[[], Sources]
    _found: dict[tuple[str, str], RuleText] = field(default_factory=dict)
    _present: dict[str, RuleText] | None = None

    def of(self, rule: str, version: str) -> RuleText:
        """The rule of a version. Raises: Rejected, where no text has it; Broken, where kept texts were altered."""
        key = rule, version
        if key not in self._found:
            kept = self._kept(rule, version)
            self._found[key] = kept if kept is not None else self._of_present(rule, version)
        return self._found[key]

    def _kept(self, rule: str, version: str) -> RuleText | None:
        releases = Releases(self.db, SystemClock())
        if all(one.version != version for one in releases.versions(rule)):
            return None
        sources = releases.files_of(rule, version)
        sets = sources.sets.with_added(sources.added)
        texts = {file.name: file.text for file in sources.files} | {f.name: f.text for f in sources.parameters}
        return _text_of(check_sources(sources), sets, texts)

    def _of_present(self, rule: str, version: str) -> RuleText:
        if self._present is None:
            found, compiler = self.read_present(), Compiler()
            checked = compiler.check(found.files, found.sets, found.parameters)
            self._present = {one.name: _text_of(one, found.sets, compiler.sources) for one in checked}
        present = self._present.get(rule)
        if present is None:
            hint = "it is gone from the rule files, and its texts were not kept"
            raise Rejected("unknown rule version", place=rule, found=version, hint=hint)
        if present.version == version:
            return present
        return RuleText(present.rule, present.version, present.sets, present.texts, PRESENT)


def _text_of(rule: CheckedRule, sets: Sets, texts: Mapping[str, str]) -> RuleText:
    version = build_plan([rule], sets.entries).versions[rule.name]
    return RuleText(rule, version, sets.entries, texts)
