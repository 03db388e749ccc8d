"""Take over what the rule folder holds: new versions, rules that went away, and versions that only words were added to.

Retry: the same folder again changes nothing. Crash: all of it is durable or none. Two writers: they take turns.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from skywarden.kernel.clock import Clock
from skywarden.moderation.releases.moves import By, Moves, moving
from skywarden.moderation.releases.rows import SUCCEED, RuleVersion, find_version, read_versions
from skywarden.moderation.releases.states import Action, State, next_step
from skywarden.rules.source import RuleSources
from skywarden.storage import Database

FOLDER = By("rule-folder")
ADDED = By("word-lists", "people changed its word lists, or another release compiles its texts to another hash")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A version of a rule as it is now; `succeeds` is the one that it differs from in added words alone."""

    sources: RuleSources
    version: str
    author: str = FOLDER.actor
    succeeds: str | None = None

    @property
    def rule(self) -> str:
        return self.sources.rule


def follow_folder(db: Database, clock: Clock, folder: Iterable[Arrival], *, adopt: bool) -> None:
    """Make the folder's versions known: new ones are live with `adopt`, else in shadow.

    What people retired stays so until its file changes; a rule that is gone from the folder is retired.
    """
    found = {arrival.rule: arrival for arrival in folder}
    with moving(db, "releases.follow", clock.now_us()) as moves:
        known: dict[str, RuleVersion] = {one.rule: one for one in read_versions(moves.tx) if one.in_folder}
        for rule, arrival in sorted(found.items()):
            held = known.get(rule)
            if held is None or held.version != arrival.version:
                _arrive(moves, arrival, adopt=adopt)
        for rule in sorted(known.keys() - found.keys()):
            _leave(moves, rule)


def succeed(db: Database, clock: Clock, arrivals: Iterable[Arrival]) -> None:
    """Let versions take the place of those that they differ from in added words alone."""
    with moving(db, "releases.succeed", clock.now_us()) as moves:
        for arrival in arrivals:
            known = moves.add(arrival.sources, arrival.version, arrival.author)
            _succeed(moves, arrival, None if known is None else known.state)


def _arrive(moves: Moves, arrival: Arrival, *, adopt: bool) -> None:
    rule, version = arrival.rule, arrival.version
    known = moves.add(arrival.sources, version, arrival.author)
    was = None if known is None else known.state
    old = _succeed(moves, arrival, was)
    moves.set_folder(rule, version)
    if old is not None:
        if old.state is State.LIVE and not old.in_folder:
            _make_room(moves, rule)
        return
    if was is State.LIVE:
        _make_room(moves, rule)  # the file is again what it was
        return
    action = Action.ADOPT if adopt else Action.SUBMIT
    step = next_step(was, action)
    if step is not None:
        moves.move(rule, version, step.to, action.value, FOLDER, was=was)
    if adopt:
        _make_room(moves, rule)


def _succeed(moves: Moves, arrival: Arrival, was: State | None) -> RuleVersion | None:
    """Take over the state of the version that this one succeeds, and give that one back; None where there is none."""
    old = find_version(moves.tx, arrival.rule, arrival.succeeds or "")
    if old is None or old.version == arrival.version:
        return None
    moves.move(arrival.rule, arrival.version, old.state, SUCCEED, ADDED, was=was)
    if old.state is State.DRAFT:
        moves.move(arrival.rule, old.version, State.RETIRED, Action.SUPERSEDE.value, ADDED, was=State.DRAFT)
    return old


def _make_room(moves: Moves, rule: str) -> None:
    """What is in shadow is no longer what the folder holds."""
    for other in read_versions(moves.tx, rule, State.SHADOW):
        moves.move(rule, other.version, State.RETIRED, Action.SUPERSEDE.value, FOLDER, was=State.SHADOW)


def _leave(moves: Moves, rule: str) -> None:
    """Nothing of a rule that is gone from the folder acts any more: to stop needs nobody's leave."""
    moves.set_folder(rule, None)
    gone = By(FOLDER.actor, "it is gone from the rule folder")
    for one in read_versions(moves.tx, rule, State.DRAFT, State.SHADOW, State.LIVE):
        moves.move(rule, one.version, State.RETIRED, Action.RETIRE.value, gone, was=one.state)
