"""Every version that ever ran is kept with all texts that it needs, and compiles to itself again."""

import pytest
from sqlalchemy import func, select, update

from rule_texts import arrival, sources, with_text
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Broken, Rejected
from skywarden.moderation.audit import recent_changes, verify_audit
from skywarden.moderation.releases import Arrival, Releases, State, follow_folder
from skywarden.rules import Compiler
from skywarden.rules.folder import read_sources
from skywarden.rules.one_rule import plan_of
from skywarden.rules.source import Sets
from skywarden.rulesets import BLUESKY
from skywarden.storage import Database
from skywarden.storage.tables import RULE_TEXT


def test_a_stored_version_compiles_to_itself(database: Database, releases: Releases, clock: ManualClock) -> None:
    one = arrival(added=Sets({"kind": frozenset({"sorry"})}))
    follow_folder(database, clock, [one], adopt=True)
    found = releases.files_of("often", one.version)
    assert found == one.sources
    assert plan_of(found).versions == {"often": one.version}


def test_equal_texts_are_stored_once(database: Database, clock: ManualClock) -> None:
    follow_folder(database, clock, [arrival(3)], adopt=True)
    before = _texts(database)
    follow_folder(database, clock, [arrival(4)], adopt=True)
    assert before == 4
    assert _texts(database) == before + 1


def test_a_text_longer_than_a_column_comes_back_whole(
    database: Database, releases: Releases, clock: ManualClock
) -> None:
    words = Sets({"kind": frozenset(f"word number {number:07}" for number in range(70_000))})
    long = sources(words=words)
    version = plan_of(long).versions["often"]
    follow_folder(database, clock, [Arrival(long, version)], adopt=True)
    assert releases.files_of("often", version) == long


def test_an_altered_text_is_found(database: Database, releases: Releases, clock: ManualClock) -> None:
    one = arrival()
    follow_folder(database, clock, [one], adopt=True)
    with database.write("test") as tx:
        tx.execute(update(RULE_TEXT).values(text=RULE_TEXT.c.text.concat(" ")))
    with pytest.raises(Broken, match="altered"):
        releases.files_of("often", one.version)


def test_a_version_that_never_ran_is_refused(releases: Releases) -> None:
    with pytest.raises(Rejected, match="rules history often"):
        releases.files_of("often", "0123456789ab")


def test_the_diff_of_a_version_shows_files_parameters_and_words(
    database: Database, releases: Releases, clock: ManualClock
) -> None:
    first = arrival(3)
    second = with_text(arrival(5, added=Sets({"kind": frozenset({"sorry"})})), "1 * hour", "2 * hours")
    follow_folder(database, clock, [first], adopt=True)
    clock.advance(1)
    follow_folder(database, clock, [second], adopt=True)
    told = releases.changes("often")[-2:]
    diff = next(change.diff for change in told if change.version == second.version)
    assert diff == releases.diff("often", first.version, second.version)
    assert "-    posts = count(by=author.did, over=1 * hour)" in diff
    assert "+    posts = count(by=author.did, over=2 * hours)" in diff
    assert "-least = 3\n+least = 5" in diff
    assert "+++ b/added to kind\n+sorry" in diff
    assert releases.version("often", second.version).previous == first.version


def test_every_move_is_in_the_audit_chain(database: Database, clock: ManualClock) -> None:
    first, second = arrival(3), arrival(4)
    follow_folder(database, clock, [first], adopt=True)
    follow_folder(database, clock, [second], adopt=True)
    told = [(row.change.action, row.change.target) for row in reversed(recent_changes(database, 10))]
    assert told == [
        ("rule.adopt", f"rule:often@{first.version}"),
        ("rule.supersede", f"rule:often@{first.version}"),
        ("rule.adopt", f"rule:often@{second.version}"),
    ]
    assert verify_audit(database) == 3


def test_every_shipped_rule_compiles_from_its_own_texts_alone_to_the_same_version() -> None:
    compiler, found = Compiler(), read_sources([BLUESKY])
    checked = compiler.check(found.files, found.sets, found.parameters)
    versions = compiler.compile(found.files, found.sets, found.parameters).versions
    for rule in checked:
        assert plan_of(compiler.sources_of(rule, found.sets)).versions.items() <= versions.items()


def test_the_first_version_has_no_diff_and_is_live(database: Database, releases: Releases, clock: ManualClock) -> None:
    follow_folder(database, clock, [arrival()], adopt=True)
    (change,) = releases.changes("often")
    assert (change.was, change.now, change.diff) == (None, State.LIVE, "")


def _texts(database: Database) -> int:
    with database.read() as tx:
        return int(tx.execute(select(func.count(func.distinct(RULE_TEXT.c.digest)))).scalar_one())
