"""Turn a folder of rules into a page: what each rule finds, proposes and may be tuned by, and its word lists."""

import ast
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from skywarden.rules.compiler import Compiler
from skywarden.rules.core import EffectTerm, Slot
from skywarden.rules.folder import read_sources
from skywarden.rules.parameters import Scalar, Tunable, shown
from skywarden.rules.plan.nodes import Plan, RulePlan

_KINDS_FILE = "abuse_kinds.toml"


def rules_page(folder: Path, title: str) -> str:
    """Write the page, a section a file. Raises: RuleErrors, Rejected."""
    sources, compiler = read_sources([folder]), Compiler()
    plan = compiler.compile(sources.files, sources.sets, sources.parameters)
    lines = [f"# {title}\n", "<!-- Made by `skywarden docs`; change the rules, not this page. -->\n", *_head(plan)]
    for file in sources.files:
        rules = [(scope.on, rule) for scope in plan.scopes for rule in scope.rules if rule.file == file.name]
        tunables = [each for each in compiler.tunables if each.section == file.section]
        doc = ast.get_docstring(ast.parse(file.text)) or ""
        lines += [f"## {file.section}.py\n", f"{doc}\n", *_rules(rules, file.text), *_parameters(tunables)]
    lines += [*_sets(folder), *_kinds(folder)]
    return "\n".join(lines).rstrip() + "\n"


def _head(plan: Plan) -> list[str]:
    return [
        f"{len(plan.rules)} rules. `skywarden rules test` runs their cases, `skywarden bench detect` measures "
        "what they find.\n",
        "In a reason, a name in braces is replaced by the value seen. An effect with an interval (`every`) is proposed "
        "once for each subject in that time. The limit is the most effects that a rule has in a day.\n",
    ]


def _rules(rules: Sequence[tuple[tuple[str, ...], RulePlan]], text: str) -> Iterator[str]:
    if not rules:
        return
    yield "| rule | on | reason | effects | a day |"
    yield "|---|---|---|---|---|"
    for on, rule in sorted(rules, key=lambda each: text.index(f"def {each[1].name}(")):
        kinds = ", ".join(f"`{kind}`" for kind in on)
        effects = ", ".join(_effect(effect) for effect in rule.effects)
        limit = "" if rule.limits.per_day is None else f"{rule.limits.per_day:,}"
        yield f"| `{rule.name}` | {kinds} | {_cell(_reason(rule))} | {effects} | {limit} |"
    yield ""


def _reason(rule: RulePlan) -> str:
    return "".join(f"{{{part.name}}}" if isinstance(part, Slot) else part for part in rule.template)


def _effect(effect: EffectTerm) -> str:
    value = effect.value.rsplit("#", 1)[-1].removeprefix("reason").lower() if "#" in effect.value else effect.value
    named = f" {value}" if value else ""
    terms = f" ({', '.join(words)})" if (words := effect.options.words()) else ""
    return f"{effect.kind}{named} on {effect.subject.text}{terms}"


def _parameters(tunables: Sequence[Tunable]) -> Iterator[str]:
    if not tunables:
        return
    yield "| parameter | default | at least | at most | meaning |"
    yield "|---|---|---|---|---|"
    for each in tunables:
        bounds = ("" if bound is None else _value(bound, each) for bound in (each.least, each.most))
        least, most = bounds
        yield f"| `{each.name}` | {_value(each.default, each)} | {least} | {most} | {_cell(each.doc)} |"
    yield ""


def _value(value: Scalar, tunable: Tunable) -> str:
    return shown(value, tunable.type).strip('"')


def _sets(folder: Path) -> Iterator[str]:
    """The lists, each with the comment that its file begins with."""
    yield "## Lists\n"
    yield "Each is a file of one entry a line beside the rules; replace it by your own.\n"
    yield "| list | entries | what it holds |"
    yield "|---|---|---|"
    for file in sorted(folder.glob("*.txt")):
        lines = file.read_text(encoding="utf-8").splitlines()
        comment = " ".join(line.removeprefix("#").strip() for line in lines if line.startswith("#"))
        entries = sum(bool(line.strip()) and not line.startswith("#") for line in lines)
        yield f"| `{file.stem}` | {entries} | {_cell(comment)} |"
    yield ""


def _kinds(folder: Path) -> Iterator[str]:
    path = folder / _KINDS_FILE
    if not path.exists():
        return
    kinds: Mapping[str, list[str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    yield "## What is made for which abuse\n"
    yield "| kind of the simulated network | rules |"
    yield "|---|---|"
    for kind, rules in sorted(kinds.items()):
        yield f"| {kind} | {', '.join(f'`{rule}`' for rule in rules)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
