"""What the rule folder holds enters shadow or acts, and what people decided about it stands."""

from rule_texts import arrival
from skywarden.kernel.clock import ManualClock
from skywarden.moderation.releases import Action, Arrival, By, Releases, State, follow_folder, succeed
from skywarden.rules.source import Sets
from skywarden.storage import Database

SORRY = Sets({"kind": frozenset({"sorry"})})


class Folder:
    """A rule folder that is followed."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database, self.clock = database, clock
        self.releases = Releases(database, clock)

    def holds(self, *arrivals: Arrival, adopt: bool = False) -> dict[str, str]:
        """The state of each version once the folder was followed."""
        self.clock.advance(1)
        follow_folder(self.database, self.clock, arrivals, adopt=adopt)
        return {one.version: one.state.value for one in self.releases.versions()}


def test_a_changed_rule_enters_shadow_and_the_old_one_goes_on(database: Database, clock: ManualClock) -> None:
    folder, old, new = Folder(database, clock), arrival(3), arrival(4)
    assert folder.releases.is_empty()
    assert folder.holds(old, adopt=True) == {old.version: "live"}
    assert not folder.releases.is_empty()
    assert folder.holds(new) == {old.version: "live", new.version: "shadow"}


def test_following_twice_changes_nothing(database: Database, clock: ManualClock) -> None:
    folder = Folder(database, clock)
    folder.holds(arrival(3), adopt=True)
    states = folder.holds(arrival(4))
    told = folder.releases.changes("often")
    assert folder.holds(arrival(4)) == states
    assert folder.releases.changes("often") == told


def test_a_newer_version_takes_the_place_in_shadow(database: Database, clock: ManualClock) -> None:
    folder, versions = Folder(database, clock), [arrival(least) for least in (3, 4, 5)]
    folder.holds(versions[0], adopt=True)
    folder.holds(versions[1])
    states = folder.holds(versions[2])
    assert [states[one.version] for one in versions] == ["live", "retired", "shadow"]


def test_a_file_that_is_what_it_was_acts_and_the_edit_is_retired(database: Database, clock: ManualClock) -> None:
    folder, old, new = Folder(database, clock), arrival(3), arrival(4)
    folder.holds(old, adopt=True)
    folder.holds(new)
    assert folder.holds(old) == {old.version: "live", new.version: "retired"}
    assert folder.holds(new) == {old.version: "live", new.version: "shadow"}


def test_a_rule_that_is_gone_from_the_folder_stops_at_once(database: Database, clock: ManualClock) -> None:
    folder, old, new, other = Folder(database, clock), arrival(3), arrival(4), arrival(3, rule="seldom")
    folder.holds(old, other, adopt=True)
    folder.holds(new, other)
    states = folder.holds(other)
    assert states == {old.version: "retired", new.version: "retired", other.version: "live"}


def test_what_people_retired_stays_retired_until_its_file_changes(database: Database, clock: ManualClock) -> None:
    folder, old, new = Folder(database, clock), arrival(3), arrival(4)
    folder.holds(old, adopt=True)
    folder.releases.move("often", old.version, Action.RETIRE, By("alice"))
    assert folder.holds(old, adopt=True) == {old.version: "retired"}
    assert folder.holds(new, adopt=True) == {old.version: "retired", new.version: "live"}


def test_words_that_people_added_act_at_once(database: Database, clock: ManualClock) -> None:
    folder, old = Folder(database, clock), arrival(3)
    more = arrival(3, added=SORRY, succeeds=old.version)
    folder.holds(old, adopt=True)
    assert folder.holds(more) == {old.version: "retired", more.version: "live"}
    back = arrival(3, succeeds=more.version)
    assert folder.holds(back) == {old.version: "live", more.version: "retired"}


def test_words_added_to_a_rule_in_shadow_leave_it_there(database: Database, clock: ManualClock) -> None:
    folder, old, new = Folder(database, clock), arrival(3), arrival(4)
    folder.holds(old, adopt=True)
    folder.holds(new)
    more = arrival(4, added=SORRY, succeeds=new.version)
    states = folder.holds(more)
    assert states == {old.version: "live", new.version: "retired", more.version: "shadow"}


def test_words_added_to_a_retired_rule_leave_it_retired(database: Database, clock: ManualClock) -> None:
    folder, old = Folder(database, clock), arrival(3)
    more = arrival(3, added=SORRY, succeeds=old.version)
    folder.holds(old, adopt=True)
    folder.releases.move("often", old.version, Action.RETIRE, By("alice"))
    assert folder.holds(more) == {old.version: "retired", more.version: "retired"}


def test_a_version_that_acts_beside_the_folder_is_succeeded_too(database: Database, clock: ManualClock) -> None:
    folder, old, new = Folder(database, clock), arrival(3), arrival(4)
    more = arrival(3, added=SORRY, succeeds=old.version)
    folder.holds(old, adopt=True)
    folder.holds(new)
    succeed(database, clock, [more])
    states = {one.version: one.state for one in folder.releases.versions()}
    assert states == {old.version: State.RETIRED, more.version: State.LIVE, new.version: State.SHADOW}
