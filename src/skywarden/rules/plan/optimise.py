"""Run the passes over the trees of a plan, and keep what they made for the next plan."""

from collections.abc import Sequence

from skywarden.rules.core import CheckedRule, Core
from skywarden.rules.passes import PASSES, Sharing
from skywarden.rules.passes.rewrite import Memo

_KEPT_AT_LEAST = 1_000
_KEPT_FOR_EACH = 4
"""So many rules that are gone may be kept for each that is there, before all is forgotten."""


class Optimiser:
    """What is shared among all trees is one node; a tree seen before costs a look-up.

    Its memory is bounded by the rules of the last plan: `begin` forgets everything once too much of it is stale.
    """

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._memos: list[Memo] = [{} for _ in PASSES]
        self._sharing = Sharing()
        self._done: dict[int, tuple[Core, Core]] = {}
        self._rules: dict[int, CheckedRule] = {}

    def begin(self, rules: Sequence[CheckedRule]) -> None:
        """Say which rules the next plan has."""
        self._rules |= {id(rule): rule for rule in rules}
        if len(self._rules) > _KEPT_AT_LEAST + _KEPT_FOR_EACH * len(rules):
            self._forget()
            self._rules = {id(rule): rule for rule in rules}

    def run(self, tree: Core) -> Core:
        """The shared, lowered form of a tree."""
        found = self._done.get(id(tree))
        if found is None:
            made = tree
            for one_pass, memo in zip(PASSES, self._memos, strict=True):
                made = one_pass(made, memo)
            found = self._done[id(tree)] = (tree, self._sharing.share(made))  # the tree is kept: its id stays its own
        return found[1]
