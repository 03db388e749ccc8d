"""Turn the state of a rule version and what is to be done with it into its next state, by one table."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What a version does: nothing yet, hit without effects, act, or nothing any more."""

    DRAFT = "draft"
    SHADOW = "shadow"
    LIVE = "live"
    RETIRED = "retired"


class Action(StrEnum):
    """What can be done with a version. The last three follow from something else: nobody asks for them."""

    PROMOTE = "promote"
    DEMOTE = "demote"
    RETIRE = "retire"
    SUBMIT = "submit"
    ADOPT = "adopt"
    SUPERSEDE = "supersede"


@dataclass(frozen=True, slots=True)
class Step:
    """Where an action leads. `asks` is true where it needs evidence: the version begins to act."""

    to: State
    asks: bool = False


STEPS: dict[tuple[State | None, Action], Step] = {
    (None, Action.SUBMIT): Step(State.SHADOW),
    (State.DRAFT, Action.SUBMIT): Step(State.SHADOW),
    (State.RETIRED, Action.SUBMIT): Step(State.SHADOW),
    (None, Action.ADOPT): Step(State.LIVE),
    (State.DRAFT, Action.ADOPT): Step(State.LIVE),
    (State.SHADOW, Action.ADOPT): Step(State.LIVE),
    (State.RETIRED, Action.ADOPT): Step(State.LIVE),
    (State.DRAFT, Action.PROMOTE): Step(State.SHADOW),
    (State.SHADOW, Action.PROMOTE): Step(State.LIVE, asks=True),
    (State.RETIRED, Action.PROMOTE): Step(State.SHADOW),
    (State.LIVE, Action.DEMOTE): Step(State.SHADOW),
    (State.SHADOW, Action.DEMOTE): Step(State.DRAFT),
    (State.DRAFT, Action.RETIRE): Step(State.RETIRED),
    (State.SHADOW, Action.RETIRE): Step(State.RETIRED),
    (State.LIVE, Action.RETIRE): Step(State.RETIRED),
    (State.SHADOW, Action.SUPERSEDE): Step(State.RETIRED),
    (State.LIVE, Action.SUPERSEDE): Step(State.RETIRED),
}
"""Every step that there is. None: the version is not known yet.

Submit: the rule folder holds it now, and rules are reviewed. Adopt: the folder holds it, and what it holds acts.
Supersede: another version of its rule took its place.
"""

ALONE = frozenset({State.SHADOW, State.LIVE})
"""States that one version of a rule has at most: the one that takes it supersedes the other."""


def next_step(state: State | None, action: Action) -> Step | None:
    """Where the action leads from there; None where it cannot be done."""
    return STEPS.get((state, action))


def possible(state: State) -> tuple[Action, ...]:
    """What people can do with a version in this state."""
    asked = (Action.PROMOTE, Action.DEMOTE, Action.RETIRE)
    return tuple(action for action in asked if (state, action) in STEPS)
