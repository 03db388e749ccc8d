"""What names mean where: the file's named values, a rule's own, and the element of a list."""

from dataclasses import dataclass, field

from skywarden.kernel.spans import SourceSpan
from skywarden.rules.catalog import FUNCTIONS, NAMES
from skywarden.rules.catalog.effects import EFFECT_WORDS
from skywarden.rules.catalog.events import EVENT_KINDS
from skywarden.rules.catalog.functions import UNITS
from skywarden.rules.catalog.names import NAMESPACES, SUBJECTS
from skywarden.rules.catalog.stateful import RATES
from skywarden.rules.core import Core

LANGUAGE_WORDS = EFFECT_WORDS | {"parameter", *RATES}


@dataclass(slots=True)
class Scope:
    """Named values of one level; `outer` is the level around it. `places` says where each name was given."""

    outer: "Scope | None" = None
    values: dict[str, Core] = field(default_factory=dict)
    later: frozenset[str] = frozenset()
    in_elements: bool = False
    places: dict[str, SourceSpan] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def use(self, name: str) -> Core | None:
        """The value of a name, which is in use from now on."""
        if name in self.values:
            self.used.add(name)
            return self.values[name]
        return None if self.outer is None else self.outer.use(name)

    def give(self, name: str, value: Core, place: SourceSpan) -> None:
        """Make a name known at this level."""
        self.values[name] = value
        self.places[name] = place

    def unused(self) -> list[tuple[str, SourceSpan]]:
        """The names of this level that nothing refers to."""
        return [(name, place) for name, place in self.places.items() if name not in self.used]

    def find(self, name: str) -> Core | None:
        """The value of a name, innermost first."""
        found = self.values.get(name)
        if found is None and self.outer is not None:
            return self.outer.find(name)
        return found

    def comes_later(self, name: str) -> bool:
        """The name is defined further down."""
        return name in self.later or (self.outer is not None and self.outer.comes_later(name))

    def within_elements(self) -> bool:
        """The expression stands within any, all or count over a list."""
        return self.in_elements or (self.outer is not None and self.outer.within_elements())

    def names(self) -> list[str]:
        """Every name that may be written here."""
        own = list(self.values)
        return own + (self.outer.names() if self.outer is not None else list(KNOWN_WORDS))


KNOWN_WORDS: tuple[str, ...] = (*NAMES, *FUNCTIONS, *UNITS)
RESERVED = frozenset({*FUNCTIONS, *UNITS, *NAMESPACES, *LANGUAGE_WORDS, "post", "subject", "record"})
ALL_PATHS: tuple[str, ...] = (*NAMES, *EVENT_KINDS, *SUBJECTS)
