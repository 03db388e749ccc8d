"""What names mean where: the file's named values, a rule's own, and the element of a list."""

from dataclasses import dataclass, field

from skywarden.rules.catalog import FUNCTIONS, NAMES
from skywarden.rules.catalog.events import EVENT_KINDS
from skywarden.rules.catalog.functions import UNITS
from skywarden.rules.catalog.names import NAMESPACES, SUBJECTS
from skywarden.rules.catalog.stateful import RATES
from skywarden.rules.core import Core

LANGUAGE_WORDS = frozenset({"label", "tag", "report", "rule", *RATES})


@dataclass(slots=True)
class Scope:
    """Named values of one level; `outer` is the level around it."""

    outer: "Scope | None" = None
    values: dict[str, Core] = field(default_factory=dict)
    later: frozenset[str] = frozenset()
    in_elements: bool = False

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
