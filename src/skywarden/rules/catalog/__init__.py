"""Every event kind, name and function of the language in tables: the stubs and the reference come from them."""

from skywarden.rules.catalog.events import EVENT_KINDS, EventKind, event_kind, known_kind
from skywarden.rules.catalog.function import Function, Parameter
from skywarden.rules.catalog.functions import FUNCTIONS
from skywarden.rules.catalog.names import NAMES, SUBJECTS, NameEntry
from skywarden.rules.catalog.stateful import STATEFUL, Stateful

__all__ = [
    "EVENT_KINDS",
    "FUNCTIONS",
    "NAMES",
    "STATEFUL",
    "SUBJECTS",
    "EventKind",
    "Function",
    "NameEntry",
    "Parameter",
    "Stateful",
    "event_kind",
    "known_kind",
]
