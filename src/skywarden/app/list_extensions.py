"""The sets of people that extend the word lists of rules: the set `wordlist/NAME` adds to wordlist("NAME").

Rules cannot add to these sets themselves: the names of their effects have no slash.
"""

from pathlib import Path

from skywarden.app.data_folder import DataFolder
from skywarden.app.stored import open_stored
from skywarden.kernel.clock import Clock, SystemClock
from skywarden.kernel.errors import Rejected
from skywarden.moderation.desk.sets import SetQuery, SetService
from skywarden.rules.limits import DEFAULT_LIMITS
from skywarden.rules.source import Sets
from skywarden.settings import Settings

PREFIX = "wordlist/"
LOOK_S = 10.0
"""How often the database is asked for changes: a change compiles the rules that read the list, and makes them anew."""

_SETS_AT_ONCE = 100
_VALUES_AT_ONCE = 10_000

Stamp = tuple[tuple[str, int, int], ...]
"""Name, time of change and size of every set."""


def extended_lists(settings: Settings, lists: Sets) -> Sets:
    """The word lists as a platform with these settings has them now; as they are, where none ran here."""
    stored = settings.database.url or DataFolder(Path(settings.data)).moderation.exists()
    if not settings.rules.extend_lists or not stored:
        return lists
    clock = SystemClock()
    with open_stored(settings) as db:
        return ListExtensions(SetService(db, clock), clock).added_to(lists)


class ListExtensions:
    """The sets as they were when they were last looked at. For one thread."""

    def __init__(self, sets: SetService, clock: Clock, most_entries: int = DEFAULT_LIMITS.set_entries) -> None:
        self._sets = sets
        self._clock = clock
        self._most_entries = most_entries
        self._looked: tuple[float, Stamp] | None = None

    def stamp(self) -> Stamp:
        """Something that differs when a set has changed; at most `LOOK_S` old."""
        now_s = self._clock.monotonic_s()
        if self._looked is None or now_s - self._looked[0] >= LOOK_S:
            self._looked = (now_s, self._look())
        return self._looked[1]

    def added_to(self, lists: Sets) -> Sets:
        """The word lists with what people added; a list that only people have is one too. Raises: Rejected."""
        return lists.with_added(self.added())

    def added(self) -> Sets:
        """What people added, by the name of the list. Raises: Rejected, where it is too much."""
        entries: dict[str, frozenset[str]] = {}
        for name, _, size in self.stamp():
            if size > self._most_entries:
                expected = f"at most {self._most_entries} entries (limit set_entries)"
                raise Rejected("set too large", place=name, expected=expected, found=str(size))
            entries[name.removeprefix(PREFIX)] = self._values(name)
        return Sets(entries)

    def _look(self) -> Stamp:
        found: list[tuple[str, int, int]] = []
        page = self._sets.query(SetQuery(name_prefix=PREFIX, limit=_SETS_AT_ONCE))
        while True:
            found += [(one.name, one.updated_us, one.size) for one in page.rows]
            if page.cursor is None:
                return tuple(found)
            page = self._sets.query(SetQuery(name_prefix=PREFIX, limit=_SETS_AT_ONCE, cursor=page.cursor))

    def _values(self, name: str) -> frozenset[str]:
        """What a set holds; nothing, when it went away since it was looked at."""
        values = set[str]()
        cursor: str | None = None
        while True:
            try:
                _, page = self._sets.values(name, _VALUES_AT_ONCE, cursor)
            except Rejected:
                return frozenset()
            values.update(stripped for value in page.rows if (stripped := value.strip()))
            cursor = page.cursor
            if cursor is None:
                return frozenset(values)
