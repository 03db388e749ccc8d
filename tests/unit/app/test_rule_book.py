"""What acts and what runs in shadow: the folder's rules, stored ones beside them, and words that people add to both."""

from pathlib import Path

import pytest

from event_rows import batch, post
from skywarden.app.list_extensions import LOOK_S, ListExtensions
from skywarden.app.rule_book import Mode, Plans, RuleBook
from skywarden.app.rule_folder import RuleFolder
from skywarden.engine import Engine
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did
from skywarden.moderation.desk import Desk, open_desk
from skywarden.moderation.releases import Action, By
from skywarden.rules.plan.nodes import Plan
from skywarden.storage import Database

ANNA = Did("did:plc:anna")
RUDE = '''from skywarden.lang import *
from .shared import LONG


@rule(on=post.created, then=tag(author, "rude"))
def rude():
    """Rude."""
    return contains_any(post.text, wordlist("rude"))


@rule(on=post.created, then=tag(author, "long"))
def long():
    """Long."""
    return length(post.text) > LONG
'''


class Book:
    """Rules on disk, and the book of them."""

    def __init__(self, root: Path, database: Database, mode: Mode = "reviewed") -> None:
        self.root, self.database, self.clock = root, database, ManualClock()
        root.mkdir()
        self.write("rude.py", RUDE)
        self.write("shared.py", "from skywarden.lang import *\n\nLONG = 20\n")
        self.write("rude.txt", "fool\n")
        self.desk: Desk = open_desk(database, self.clock, Did("did:web:labeler.example"))
        self.book = self.opened(mode)
        self.plans = self.book.open()

    def opened(self, mode: Mode = "reviewed") -> RuleBook:
        folder = RuleFolder(self.root)
        folder.load()
        folder.extend(ListExtensions(self.desk.sets, self.clock))
        folder.reload()
        return RuleBook(folder, self.database, self.clock, mode)

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def look(self) -> Plans:
        self.clock.advance(LOOK_S)
        self.plans = self.book.reload() or self.plans
        return self.plans


@pytest.fixture
def book(tmp_path: Path, database: Database) -> Book:
    return Book(tmp_path / "rules", database)


def hits(plan: Plan, *texts: str) -> list[tuple[str, str]]:
    """Which rule fires on which text."""
    result = Engine(plan).process(batch([post(number, text=text) for number, text in enumerate(texts, 1)]))
    return [(hit.rule, texts[hit.offset]) for hit in result.hits]


def test_the_first_start_takes_the_folder_as_it_is(book: Book) -> None:
    assert set(book.plans.live.versions) == {"rude", "long"}
    assert not book.plans.shadow.rules


def test_a_changed_rule_is_in_shadow_while_the_old_one_acts_from_its_stored_texts(book: Book) -> None:
    book.write("rude.txt", "knave\n")
    plans = book.look()
    assert hits(plans.live, "fool", "knave") == [("rude", "fool")]
    assert hits(plans.shadow, "fool", "knave") == [("rude", "knave")]
    assert set(plans.live.versions) == {"rude", "long"}


def test_a_changed_value_that_a_rule_imports_is_a_changed_rule(book: Book) -> None:
    book.write("shared.py", "from skywarden.lang import *\n\nLONG = 5\n")
    plans = book.look()
    assert hits(plans.live, "a longer text") == []
    assert hits(plans.shadow, "a longer text") == [("long", "a longer text")]


def test_a_new_rule_enters_shadow(book: Book) -> None:
    book.write("short.py", RUDE.replace("rude", "short").replace("long()", "brief()").replace("fool", "knave"))
    book.write("short.txt", "tiny\n")
    assert set(book.look().shadow.versions) == {"short", "brief"}


def test_after_a_restart_the_same_acts(book: Book) -> None:
    book.write("rude.txt", "knave\n")
    before = book.look().versions
    assert book.opened().open().versions == before


def test_words_that_people_add_reach_what_acts_and_what_is_in_shadow(book: Book) -> None:
    book.write("rude.txt", "knave\n")
    before = book.look()
    book.desk.sets.upsert("wordlist/rude", None, ANNA)
    book.desk.sets.add_values("wordlist/rude", ["rogue"], ANNA)
    plans = book.look()
    assert hits(plans.live, "fool", "knave", "rogue") == [("rude", "fool"), ("rude", "rogue")]
    assert hits(plans.shadow, "fool", "knave", "rogue") == [("rude", "knave"), ("rude", "rogue")]
    book.desk.sets.delete("wordlist/rude", ANNA)
    assert book.look().versions == before.versions


def test_a_version_that_people_move_elsewhere_takes_over_at_the_next_look(book: Book) -> None:
    book.write("rude.txt", "knave\n")
    shadow = book.look().shadow.versions["rude"]
    book.book.releases.move("rude", shadow, Action.PROMOTE, By("alice"))
    plans = book.look()
    assert hits(plans.live, "fool", "knave") == [("rude", "knave")]
    assert not plans.shadow.rules


def test_a_version_from_long_ago_can_come_back(book: Book) -> None:
    old = book.plans.live.versions["rude"]
    book.write("rude.txt", "knave\n")
    new = book.look().shadow.versions["rude"]
    for version in (new, old, old):
        book.book.releases.move("rude", version, Action.PROMOTE, By("alice"))
    assert hits(book.look().live, "fool", "knave") == [("rude", "fool")]


def test_in_direct_mode_what_is_in_the_folder_acts(tmp_path: Path, database: Database) -> None:
    book = Book(tmp_path / "rules", database, "direct")
    book.write("rude.txt", "knave\n")
    plans = book.look()
    assert hits(plans.live, "fool", "knave") == [("rude", "knave")]
    assert not plans.shadow.rules
    assert [one.state.value for one in book.book.releases.versions("rude")] == ["retired", "live"]


def test_a_file_without_its_rules_stops_them(book: Book) -> None:
    (book.root / "rude.py").unlink()
    book.write("other.py", RUDE.replace("def rude", "def coarse").replace("def long", "def wide"))
    plans = book.look()
    assert not plans.live.rules
    assert set(plans.shadow.versions) == {"coarse", "wide"}
