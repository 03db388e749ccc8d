"""Hold what the compiler reads: rule files and the sets beside them, as plain values."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One rule file: the name that errors show, and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class SetRef:
    """Which set an operator reads; the digest makes a changed set a changed rule."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Sets:
    """Named sets of strings that rules look things up in."""

    entries: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def ref(self, name: str) -> SetRef:
        """Name a set together with a digest of its content."""
        digest = hashlib.sha256("\0".join(sorted(self.entries[name])).encode()).hexdigest()[:16]
        return SetRef(name=name, digest=digest)


NO_SETS = Sets()
