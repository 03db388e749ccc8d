"""Hold what the compiler reads: rule files, the sets and the parameters beside them, as plain values."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One rule file: the name that errors show, and its text.

    `root` is the folder of the rule set, as parameter files name it too, and `section` what they call the file: its
    path within the root, with dots and without the ending. `whole` is false when not all files of the rule set are
    compiled. A file that is there only `for_names` lends its definitions to others; its rules are not run.
    """

    name: str
    text: str
    root: str = ""
    section: str = ""
    whole: bool = True
    for_names: bool = False

    def __post_init__(self) -> None:
        if not self.section:
            object.__setattr__(self, "section", PurePath(self.name).stem)


@dataclass(frozen=True, slots=True)
class ParameterFile:
    """A TOML file that tunes parameters. Without a `root` it is an operator's, and holds for every rule set."""

    name: str
    text: str
    root: str = ""


@dataclass(frozen=True, slots=True)
class SetRef:
    """Which set an operator reads; the digest makes a changed set a changed rule."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Sets:
    """Named sets of strings that rules look things up in."""

    entries: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _refs: dict[str, SetRef] = field(default_factory=dict, init=False, repr=False, compare=False)

    def ref(self, name: str) -> SetRef:
        """Name a set together with a digest of its content."""
        found = self._refs.get(name)
        if found is None:
            digest = hashlib.sha256("\0".join(sorted(self.entries[name])).encode()).hexdigest()[:16]
            found = self._refs[name] = SetRef(name=name, digest=digest)
        return found

    def with_added(self, added: "Sets") -> "Sets":
        """Each set with what another of its name holds; one that only the others have is there too."""
        more = {name: self.entries.get(name, _NONE) | entries for name, entries in added.entries.items()}
        return Sets({**self.entries, **more})

    def recall(self, earlier: "Sets") -> None:
        """Take over the digests of sets that are as they were: to compare is quicker than to sort."""
        for name, ref in earlier._refs.items():
            if self.entries.get(name) == earlier.entries[name]:
                self._refs[name] = ref


_NONE: frozenset[str] = frozenset()
NO_SETS = Sets()


@dataclass(frozen=True, slots=True)
class RuleSources:
    """All texts that one version of one rule is made of: with nothing else at hand it compiles to that version.

    The first file is the rule's own, the others lend it names. `sets` are those of the rule set, `added` what people
    put into them besides.
    """

    rule: str
    files: tuple[RuleFile, ...]
    parameters: tuple[ParameterFile, ...] = ()
    sets: Sets = NO_SETS
    added: Sets = NO_SETS
