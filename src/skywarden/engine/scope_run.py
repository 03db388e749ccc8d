"""Run one scope's schedule over its rows: memory and cheap conditions on all, costly ones where they still matter."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from skywarden.engine.columns import Bools, Flat, Ints
from skywarden.engine.program import Assembled, Outcome, run_program
from skywarden.engine.results import OperatorFailed, Results
from skywarden.engine.schedule import SCANS, Decision
from skywarden.rules.plan.nodes import RulePlan

_FEW = 4
"""A costly condition is asked only of the rows that still matter when these are at most one in so many."""


@dataclass(frozen=True, slots=True)
class RuleRun:
    """Where a rule is true, ascending."""

    rule: RulePlan
    rows: Ints


@dataclass(slots=True)
class _Open:
    """A rule that may still be true at some rows."""

    decision: Decision
    left: Bools
    count: int


class ScopeRun:
    """The decisions of a scope's rules on one frame. `failed` has the rules that could not be decided."""

    def __init__(self, results: Results, turn: AbstractContextManager[None]) -> None:
        self.results = results
        self.failed: list[tuple[RulePlan, OperatorFailed]] = []
        self._schedule = results.bound.schedule
        self._run_steps(turn)

    def decide(self) -> list[RuleRun]:
        """Where each rule is true, if anywhere, in the order of rules."""
        still = self._cheap()
        for level in range(len(still[0].decision.later) if still else 0):
            still = self._costly(still, level)
        return [RuleRun(one.decision.rule, np.flatnonzero(one.left)) for one in still]

    def _run_steps(self, turn: AbstractContextManager[None]) -> None:
        """Run what must run on every row; what touches memory waits for its turn."""
        first, last = self._schedule.stateful
        for step in self._schedule.steps[:first]:
            self._run(step)
        if last > first:
            with turn:
                for step in self._schedule.steps[first:last]:
                    self._run(step)
        for step in self._schedule.steps[max(first, last) :]:
            self._run(step)

    def _run(self, step: int | Assembled) -> None:
        if isinstance(step, int):
            self.results.ask(step)
        else:
            self._run_program(step)

    def _run_program(self, program: Assembled) -> Outcome | None:
        """Run a program; None where an input of it failed: then operators compute what of it is asked for."""
        results = self.results
        inputs: dict[int, Flat] = {}
        for wanted in program.inputs:
            if wanted.what == "node":
                column = results.ask(wanted.number)
                if isinstance(column, OperatorFailed):
                    return None
                assert isinstance(column, Flat)
                inputs[wanted.number] = column
        clock = results.bound.clock
        began = clock()
        outcome = run_program(program, results.frame, inputs)
        results.costs.programs += clock() - began
        for number, made in outcome.columns.items():
            results.found[number] = made
        return outcome

    def _cheap(self) -> list[_Open]:
        """The rules whose cheap conditions are true somewhere."""
        outcome = self._run_program(self._schedule.last)
        everywhere = np.ones(len(self.results.frame), dtype=np.bool_)
        still = []
        for decision in self._schedule.decisions:
            if not decision.cheap:
                left = everywhere
            elif outcome is None:
                left = self._conjunction(self.results, decision, decision.cheap)
            elif outcome.some[decision.truth]:
                left = outcome.true[decision.truth]
            else:
                continue
            count = int(np.count_nonzero(left))
            if count:
                still.append(_Open(decision, left, count))
        return still

    def _costly(self, still: Sequence[_Open], level: int) -> list[_Open]:
        """Ask the conditions of one class of cost: of every row where many matter, else of the few that do."""
        rows = len(self.results.frame)
        few = [one for one in still if one.decision.later[level] and _FEW * one.count <= rows]
        for one in still:
            if one.decision.later[level] and _FEW * one.count > rows:
                one.left = one.left & self._conjunction(self.results, one.decision, one.decision.later[level])
        if few:
            self._ask_few(few, level)
        for one in still:
            if one.decision.later[level]:
                one.count = int(np.count_nonzero(one.left))
        return [one for one in still if one.count]

    def _ask_few(self, few: Sequence[_Open], level: int) -> None:
        wanted = few[0].left
        for one in few[1:]:
            wanted = wanted | one.left
        self._ask_what_is_scanned(few, level)
        rows = np.flatnonzero(wanted)
        part = self.results.at(rows)
        for one in few:
            left = np.zeros_like(one.left)
            left[rows] = one.left[rows] & self._conjunction(part, one.decision, one.decision.later[level])
            one.left = left

    def _ask_what_is_scanned(self, few: Sequence[_Open], level: int) -> None:
        """Where a scan has gone over all rows for another rule, its answers cost nothing: no part is scanned again."""
        nodes, found = self.results.bound.nodes, self.results.found
        scanned = {
            (nodes[at].op, nodes[at].args)
            for at, made in enumerate(found)
            if made is not None and nodes[at].op in SCANS
        }
        for number in {number for one in few for number in one.decision.scans[level]}:
            if (nodes[number].op, nodes[number].args) in scanned:
                self.results.ask(number)

    def _conjunction(self, results: Results, decision: Decision, parts: Sequence[int]) -> Bools:
        """Where all parts are true; nowhere, and the rule among the failed, where one has no value."""
        left = np.ones(len(results.frame), dtype=np.bool_)
        try:
            for part in parts:
                left = left & results.true(part)
                if not left.any():
                    break
        except OperatorFailed as failed:
            self.failed.append((decision.rule, failed))
            return np.zeros(len(results.frame), dtype=np.bool_)
        return left
