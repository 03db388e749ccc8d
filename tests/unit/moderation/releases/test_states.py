"""The states of a rule version hold whatever is asked of it in whatever order."""

import random

import pytest

from rule_texts import arrival
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.moderation.audit import verify_audit
from skywarden.moderation.releases import Action, By, Releases, State, follow_folder
from skywarden.moderation.releases.states import ALONE, STEPS, next_step, possible
from skywarden.storage import Database

ASKED = (Action.PROMOTE, Action.DEMOTE, Action.RETIRE)


def test_only_evidence_lets_people_make_a_version_act() -> None:
    """Without evidence a version acts only when the folder says so, and the folder alone adopts."""
    leads = {action for (_, action), step in STEPS.items() if step.to is State.LIVE and not step.asks}
    assert leads == {Action.ADOPT}


def test_to_stop_is_always_possible_at_once() -> None:
    for state in (State.DRAFT, State.SHADOW, State.LIVE):
        assert next_step(state, Action.RETIRE) is not None


def test_every_state_can_be_reached_and_left_by_people() -> None:
    reached = {step.to for (_, action), step in STEPS.items() if action in ASKED}
    assert reached == set(State)
    assert all(possible(state) for state in State)


def test_what_cannot_be_done_says_what_can(database: Database, releases: Releases, clock: ManualClock) -> None:
    one = arrival()
    follow_folder(database, clock, [one], adopt=True)
    with pytest.raises(Rejected, match=r"cannot promote.*live.*demote, retire"):
        releases.move("often", one.version, Action.PROMOTE, By("alice"))


@pytest.mark.parametrize("seed", range(4))
def test_at_most_one_version_of_a_rule_acts_and_one_is_in_shadow(
    seed: int, database: Database, releases: Releases, clock: ManualClock
) -> None:
    rng, versions = random.Random(seed), [arrival(least) for least in range(2, 6)]
    follow_folder(database, clock, versions[:1], adopt=True)
    for _ in range(30):
        clock.advance(1)
        one = rng.choice(versions)
        if rng.random() < 0.4:
            follow_folder(database, clock, [one], adopt=rng.random() < 0.3)
        else:
            _try(releases, one.version, rng.choice(ASKED))
        states = [each.state for each in releases.versions("often")]
        assert all(states.count(state) <= 1 for state in ALONE)
    _history_agrees(releases)
    verify_audit(database)


def _try(releases: Releases, version: str, action: Action) -> None:
    try:
        moved = releases.move("often", version, action, By("alice"))
    except Rejected:
        return
    assert releases.version("often", version).state is moved.now


def _history_agrees(releases: Releases) -> None:
    """Each change begins where the last one of its version ended, and the last one ends where the version is."""
    stands: dict[str, State] = {}
    for change in releases.changes("often"):
        assert change.was is stands.get(change.version)
        stands[change.version] = change.now
    assert stands == {each.version: each.state for each in releases.versions("often")}
