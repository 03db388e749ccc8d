"""Find rules whose effects make them, or each other, true again: a label that is read by the rule that gives it.

Labels, tags and sets that rules give are seen by later events. Rule A feeds rule B where an effect of A makes a part of
B's condition true: by giving what B asks for, or by taking away what B asks not to be there. A circle of such rules
goes on by itself. A rule that also asks for what its own effects end (`not ("done" in author.tags)`) fires once for an
account, and so closes no circle, unless some rule brings that back.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from skywarden.rules.core import Apply, CheckedRule, Column, Const, Core, EffectTerm, Element, Quantify, unnamed
from skywarden.rules.problems import Problem
from skywarden.rules.source import SetRef

ANY = "*"
_COLUMNS = {"author_labels": "label", "author_tags": "tag"}
_GIVES = {"label": ("label", True), "unlabel": ("label", False), "tag": ("tag", True), "untag": ("tag", False)}
_ACCOUNTS = frozenset({"author", "subject", "subject.author"})


@dataclass(frozen=True, slots=True)
class Mark:
    """A label, tag or set that is there (or not, where `there` is false). The value may be `ANY`."""

    kind: str
    value: str
    there: bool

    def meets(self, wanted: "Mark") -> bool:
        """To make this so makes `wanted` true."""
        same = self.kind == wanted.kind and self.there is wanted.there
        return same and (self.value == wanted.value or ANY in (self.value, wanted.value))

    def ends(self, wanted: "Mark") -> bool:
        """To make this so makes `wanted` false for good."""
        return self.kind == wanted.kind and self.there is not wanted.there and self.value == wanted.value


@dataclass(frozen=True, slots=True)
class Feeding:
    """What one rule reads of labels, tags and sets, and what its effects make of them.

    `guards` are the marks that it cannot do without and that its own effects end.
    """

    rule: CheckedRule
    reads: frozenset[Mark]
    makes: tuple[tuple[EffectTerm, Mark], ...]
    guards: frozenset[Mark]


def feedings(rules: Iterable[CheckedRule]) -> tuple[Feeding, ...]:
    """The rules that may be part of a circle: they read marks and make some."""
    found = []
    for rule in rules:
        makes = tuple((effect, mark) for effect in rule.effects for mark in _made(effect))
        reads = frozenset(_reads(rule.condition, wanted=True)) if makes else frozenset()
        if reads:
            own = [mark for effect, mark in makes if effect.subject.text == "author"]
            guards = {wanted for wanted in _needed(rule.condition) if any(mark.ends(wanted) for mark in own)}
            found.append(Feeding(rule, reads, makes, frozenset(guards)))
    return tuple(found)


def effect_loops(feeding: Sequence[Feeding]) -> Iterator[Problem]:
    """One problem for each circle of rules, be it of one."""
    made = {mark for each in feeding for _, mark in each.makes}
    rules = [each for each in feeding if all(any(mark.meets(guard) for mark in made) for guard in each.guards)]
    every = range(len(rules))
    fed = {index: [other for other in every if _link(rules[index], rules[other])] for index in every}
    told: set[int] = set()
    for start in every:
        circle = _circle(start, fed) if start not in told else None
        if circle is not None:
            told |= set(circle)
            yield _problem([rules[index] for index in circle])


def _circle(start: int, fed: dict[int, list[int]]) -> list[int] | None:
    """The shortest way from a rule back to itself."""
    came: dict[int, int] = {}
    todo = [start]
    for index in todo:  # grows while it is gone through
        for other in fed[index]:
            if other == start:
                return _way(index, start, came)
            if other not in came:
                came[other] = index
                todo.append(other)
    return None


def _way(end: int, start: int, came: dict[int, int]) -> list[int]:
    way = [end]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]


def _link(first: Feeding, second: Feeding) -> EffectTerm | None:
    """The effect of the first rule that makes the second true."""
    found = (effect for effect, mark in first.makes if any(mark.meets(wanted) for wanted in second.reads))
    return next(found, None)


def _problem(circle: Sequence[Feeding]) -> Problem:
    steps = []
    for feeding, following in zip(circle, [*circle[1:], circle[0]], strict=True):
        effect = _link(feeding, following)
        assert effect is not None
        reader = "it" if following is feeding else following.rule.name
        steps.append(f'{feeding.rule.name} proposes {effect.kind} "{effect.value}", which {reader} asks for')
    hint = 'let a rule of it fire once: ... and not ("done" in author.tags), and propose that tag too'
    return Problem(circle[0].rule.span, "loop", f"effects that go round: {'; '.join(steps)}", hint=hint)


def _made(effect: EffectTerm) -> Iterator[Mark]:
    if effect.kind == "add_to_set":
        yield Mark("set", effect.value, there=True)
    elif effect.kind in _GIVES and effect.subject.text in _ACCOUNTS:
        kind, there = _GIVES[effect.kind]
        yield Mark(kind, effect.value, there)


def _needed(condition: Core) -> Iterator[Mark]:
    """The marks that the condition cannot be true without."""
    todo, seen = [condition], set[int]()
    while todo:
        node = unnamed(todo.pop())
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Apply) and node.op == "and":
            todo += node.args
        else:
            yield from _marks(*_plain(node))


def _plain(node: Core) -> tuple[Core, bool]:
    """What stands within `not` and `.or_else(True or False)`, and whether it is wanted."""
    wish = True
    while isinstance(node, Apply) and (node.op == "not" or (node.op == "or_else" and isinstance(node.args[1], Const))):
        wish = wish is not (node.op == "not")
        node = unnamed(node.args[0])
    return node, wish


def _reads(condition: Core, *, wanted: bool) -> Iterator[Mark]:
    """Every mark that can help to make the condition true."""
    todo, seen = [(condition, wanted)], set[tuple[int, bool]]()
    while todo:
        part, wish = todo.pop()
        node = unnamed(part)
        if (id(node), wish) in seen:
            continue
        seen.add((id(node), wish))
        if isinstance(node, Apply) and node.op == "not":
            todo.append((node.args[0], not wish))
        elif isinstance(node, Apply) and node.op in ("and", "or", "or_else"):
            todo += [(arg, wish) for arg in node.args]
        else:
            yield from _marks(node, wish)


def _marks(node: Core, wish: bool) -> Iterator[Mark]:
    """`"x" in author.tags`, `author.did in wordlist("x")`, `any(x == "a" for x in author.tags)`, `length(...) > 0`."""
    if isinstance(node, Quantify):
        kind = _kind(node.items)
        if kind is not None and node.op == "any":
            for value in _values(node.condition):
                yield Mark(kind, value, wish)
        return
    if not isinstance(node, Apply):
        return
    if node.op == "list_has":
        kind, item = _kind(node.args[0]), unnamed(node.args[1])
        if kind is not None:
            yield Mark(kind, str(item.value) if isinstance(item, Const) else ANY, wish)
    elif node.op == "in_set":
        reference = node.params[0]
        if isinstance(reference, SetRef):
            yield Mark("set", reference.name, wish)
    elif node.op in ("gt", "ge"):
        counted = unnamed(node.args[0])
        kind = _kind(counted.args[0]) if isinstance(counted, Apply) and counted.op == "list_length" else None
        if kind is not None:
            yield Mark(kind, ANY, wish)


def _values(condition: Core) -> list[str]:
    """The values of the element that a condition over a list is true for; anything, where it is not plain."""
    node = unnamed(condition)
    if isinstance(node, Apply) and node.op == "text_eq":
        sides = [unnamed(arg) for arg in node.args]
        constants = [side.value for side in sides if isinstance(side, Const)]
        if any(isinstance(side, Element) for side in sides) and constants:
            return [str(constants[0])]
    if isinstance(node, Apply) and node.op == "in_values" and isinstance(unnamed(node.args[0]), Element):
        values = node.params[0]
        return list(values) if isinstance(values, tuple) else [ANY]
    return [ANY]


def _kind(node: Core) -> str | None:
    target = unnamed(node)
    return _COLUMNS.get(target.name) if isinstance(target, Column) else None
