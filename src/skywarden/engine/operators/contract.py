"""What an operator gets and gives: its node, its operands, the frame of rows -> one column."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from skywarden.detectors.distance.hashes import HashBank
from skywarden.detectors.text.hashing import HashKey
from skywarden.detectors.text.members import Members
from skywarden.detectors.text.words import LookalikeFinder, WordLists
from skywarden.engine.columns import Column, Flat, Ints, Lists, Text
from skywarden.engine.rows import Rows
from skywarden.features.contract import Feature
from skywarden.rules.plan.nodes import Node
from skywarden.rules.source import SetRef


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows that one scope sees of a chunk of a batch, and what its operators look things up in.

    A frame is worked on by one thread at a time, different frames by several at once: what `lookups` holds must bear
    that. `shared` is for operators that do work once for several nodes, as one scan for all patterns of a text.
    """

    rows: Rows
    times_us: Ints
    windows: Mapping[str, Feature]
    lookups: "Lookups"
    shared: dict[object, object] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.times_us)


@dataclass(frozen=True, slots=True)
class Lookups:
    """What operators look things up in, made once a plan (see engine/lookups.py) and never changed after.

    Lookalikes, names and hashes go by the set, the others by the digest of the node that asks. A pattern is
    found with all patterns that are asked of the same text, a word list with all lists, a set with all sets: its number
    is beside them.
    """

    hash_key: HashKey
    members: Mapping[str, tuple[Members, int]]
    patterns: Mapping[str, tuple[tuple[str, ...], int]]
    words: Mapping[str, tuple[WordLists, int]]
    lookalikes: Mapping[SetRef, LookalikeFinder]
    names: Mapping[SetRef, pa.StringArray]
    hashes: Mapping[SetRef, HashBank]


Operator = Callable[[Node, Sequence[Column], Frame], Column]


def flat(column: Column) -> Flat:
    """The operand of an operator on numbers or bools; the checker has seen to its type."""
    assert isinstance(column, Flat)
    return column


def text(column: Column) -> Text:
    """The operand of an operator on texts; the checker has seen to its type."""
    assert isinstance(column, Text)
    return column


def lists(column: Column) -> Lists:
    """The operand of an operator on lists; the checker has seen to its type."""
    assert isinstance(column, Lists)
    return column
