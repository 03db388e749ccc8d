"""Turn the clusters of one day and of the day before into what became of each: who is born, goes on, merges, splits.

Two clusters are the same while the Jaccard index of their members is at least a half. Names do not depend on order: a
newborn is named by its members and its day.
"""

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

SAME = 0.5


class Fate(StrEnum):
    """What a cluster is to the day before; `DEATH` is of the day before alone."""

    BIRTH = "birth"
    CONTINUATION = "continuation"
    MERGE = "merge"
    SPLIT = "split"
    DEATH = "death"


@dataclass(frozen=True, slots=True)
class Tracked:
    """One cluster today, or the end of one. `parents` are the names of the day before that it comes from."""

    name: str
    fate: Fate
    members: frozenset[str]
    parents: tuple[str, ...] = ()


def jaccard(left: Set[str], right: Set[str]) -> float:
    """Common members by all members; 0 for two empty sets."""
    union = len(left | right)
    return len(left & right) / union if union else 0.0


def follow(before: Mapping[str, frozenset[str]], today: Sequence[frozenset[str]], day: str) -> list[Tracked]:
    """Name the clusters of today, which share no member; then those that died, in the order of their names.

    A cluster keeps the name of the parent that it resembles most, unless another resembles that one more.
    """
    found = sorted(today, key=sorted)
    alike = _alike(before, found)
    heirs = _heirs(alike)
    children: dict[str, int] = {}
    for _, parent, _ in alike:
        children[parent] = children.get(parent, 0) + 1
    tracked = [_one(number, members, alike, heirs, children, day) for number, members in enumerate(found)]
    gone = sorted(name for name in before if name not in children)
    return [*tracked, *(Tracked(name, Fate.DEATH, before[name], (name,)) for name in gone)]


Likeness = tuple[float, str, int]
"""Jaccard index, name of the parent, number of the child."""


def _alike(before: Mapping[str, frozenset[str]], found: Sequence[frozenset[str]]) -> list[Likeness]:
    """Pairs that are the same; only those that share a member are compared."""
    place: dict[str, list[str]] = {}
    for name, members in before.items():
        for member in members:
            place.setdefault(member, []).append(name)
    alike: list[Likeness] = []
    for number, members in enumerate(found):
        for name in sorted({parent for member in members for parent in place.get(member, ())}):
            index = jaccard(before[name], members)
            if index >= SAME:
                alike.append((index, name, number))
    return alike


def _heirs(alike: Sequence[Likeness]) -> dict[int, str]:
    """Which child takes which name: the most alike first, each child and each name once."""
    heirs: dict[int, str] = {}
    for _, name, number in sorted(alike, key=lambda one: (-one[0], one[1], one[2])):
        if number not in heirs and name not in heirs.values():
            heirs[number] = name
    return heirs


def _one(
    number: int,
    members: frozenset[str],
    alike: Sequence[Likeness],
    heirs: Mapping[int, str],
    children: Mapping[str, int],
    day: str,
) -> Tracked:
    parents = tuple(sorted(name for _, name, child in alike if child == number))
    name = heirs.get(number) or _newborn(members, day)
    if not parents:
        return Tracked(name, Fate.BIRTH, members)
    if len(parents) > 1:
        return Tracked(name, Fate.MERGE, members, parents)
    fate = Fate.SPLIT if children[parents[0]] > 1 else Fate.CONTINUATION
    return Tracked(name, fate, members, parents)


def _newborn(members: frozenset[str], day: str) -> str:
    return hashlib.sha256("\n".join((day, *sorted(members))).encode()).hexdigest()[:16]
