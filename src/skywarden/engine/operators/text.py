"""Text operators: Arrow's kernels where they mean the same, else one Python call a different text."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.detectors.text.casefold import fold_texts
from skywarden.detectors.text.compare import character_counts, equal_texts
from skywarden.detectors.text.copies import same_text_keys
from skywarden.detectors.text.names import name_key
from skywarden.detectors.text.normal import normalise_texts
from skywarden.detectors.text.scan import scanner_of
from skywarden.detectors.text.skeleton import skeleton
from skywarden.engine.columns import Column, Flat, Text, flags, known_rows
from skywarden.engine.operators.contract import Frame, Operator, text
from skywarden.engine.operators.keys import hashes_of
from skywarden.engine.operators.once import once_a_text
from skywarden.rules.plan.nodes import Node
from skywarden.rules.source import SetRef


def each_text(function: Callable[[str], str | None]) -> Operator:
    """An operator that calls `function` once a different text."""

    def run(node: Node, args: Sequence[Column], frame: Frame) -> Column:
        return Text(once_a_text(function, text(args[0]).array, pa.string()))

    return run


def _whole_column(function: Callable[[pa.StringArray], pa.StringArray]) -> Operator:
    """An operator that calls `function` once a column."""

    def run(node: Node, args: Sequence[Column], frame: Frame) -> Column:
        return Text(function(text(args[0]).array))

    return run


def _search(kernel: Callable[..., pa.Array]) -> Operator:
    """An operator on Arrow's own search kernel; the part is its only constant."""

    def run(node: Node, args: Sequence[Column], frame: Frame) -> Column:
        return flags(kernel(text(args[0]).array, str(node.params[0])))

    return run


def _matches(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """One scan finds all patterns that are asked of a text column; it is made when the first is."""
    array = text(args[0]).array
    group, number = frame.lookups.patterns[node.digest]
    name = ("patterns", group, id(array))
    found = frame.shared.get(name)
    if found is None:
        found = frame.shared[name] = (array, scanner_of(group).matches(array))
    assert isinstance(found, tuple)
    return Flat(found[1][number], known_rows(array))


def _contains_any(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """One pass looks all lists up that are asked of a text column."""
    array = text(args[0]).array
    lists, number = frame.lookups.words[node.digest]
    name = ("words", id(lists), id(array))
    found = frame.shared.get(name)
    if found is None:
        found = frame.shared[name] = (array, lists.found_in(array))
    assert isinstance(found, tuple)
    return Flat(found[1][number], known_rows(array))


def _looks_like_any(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    finder = frame.lookups.lookalikes[_set_of(node)]
    return flags(once_a_text(finder.found_in, text(args[0]).array, pa.bool_()))


def _set_of(node: Node) -> SetRef:
    reference = node.params[0]
    assert isinstance(reference, SetRef)
    return reference


def _is_member(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    """One look-up of each text tells of all sets that are asked of a text column."""
    array = text(args[0]).array
    members, number = frame.lookups.members[node.digest]
    name = ("members", id(members), id(array))
    found = frame.shared.get(name)
    if found is None:
        found = frame.shared[name] = (array, members.sets_of(array, hashes_of(array, frame)))
    assert isinstance(found, tuple)
    return Flat(found[1] & np.uint64(1 << number) != 0, known_rows(array))


def _equality(kernel: Callable[..., pa.Array]) -> Operator:
    def run(node: Node, args: Sequence[Column], frame: Frame) -> Column:
        left, right = text(args[0]).array, text(args[1]).array
        if len(left) == len(right):
            same = equal_texts(left, right)
            return Flat(same if kernel is pc.equal else ~same, known_rows(left) & known_rows(right))
        return flags(kernel(left, right[0]) if len(right) == 1 else kernel(left[0], right))

    return run


def _length(node: Node, args: Sequence[Column], frame: Frame) -> Column:
    array = text(args[0]).array
    return Flat(character_counts(array), known_rows(array))


TEXT: dict[str, Operator] = {
    "fold": _whole_column(fold_texts),
    "normalise": _whole_column(normalise_texts),
    "skeleton": each_text(skeleton),
    "same_text": _whole_column(same_text_keys),
    "name_key": each_text(name_key),
    "contains": _search(pc.match_substring),
    "starts_with": _search(pc.starts_with),
    "ends_with": _search(pc.ends_with),
    "matches": _matches,
    "contains_any": _contains_any,
    "looks_like_any": _looks_like_any,
    "in_set": _is_member,
    "in_values": _is_member,
    "text_eq": _equality(pc.equal),
    "text_ne": _equality(pc.not_equal),
    "length": _length,
}
