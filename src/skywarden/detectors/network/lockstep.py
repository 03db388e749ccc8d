"""Turn acts into pairs that do the same things at the same times, hour by hour, and the hours into groups of a day.

Source: Cao et al., "Uncovering Large Groups of Active Malicious Accounts in Online Social Networks" (SynchroTrap),
CCS 2014: tuples (user, object, bucket of time), similarity the Jaccard index of two users' tuples, hourly results
added up over a day, connected components of what is alike enough.
"""

from dataclasses import dataclass

import numpy as np

from skywarden.detectors.network.graph import Floats, Graph, Ints, components
from skywarden.detectors.network.pairs import Traces, shared_pairs


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour: how many tuples each user has, and how many each pair has in common."""

    user: Ints
    tuples: Ints
    left: Ints
    right: Ints
    common: Ints


@dataclass(frozen=True, slots=True)
class Alike:
    """What makes a pair: the least Jaccard index, and the least number of common tuples of a day."""

    index: float = 0.5
    common: int = 5


def lockstep_hour(user: Ints, tuple_: Ints, users: int, most: int) -> Hour:
    """Compare the users of one hour. Shape: rows (user, number of the object with its bucket), repeats allowed."""
    width = int(tuple_.max()) + 1 if len(tuple_) else 1
    once = np.unique(user * width + tuple_)
    actor, object_ = once // width, once % width
    counts = np.bincount(actor, minlength=users)
    graph, common = shared_pairs(Traces(users, width, actor, object_, np.ones(len(once))), most)
    seen = np.flatnonzero(counts)
    return Hour(seen, counts[seen], graph.left, graph.right, common)


def joined(hours: list[Hour], users: int, alike: Alike) -> Graph:
    """Add hours up and keep pairs that are alike; weights are Jaccard indices. Numbers are the same in every hour."""
    tuples = np.zeros(users, np.int64)
    for hour in hours:
        np.add.at(tuples, hour.user, hour.tuples)
    keys = np.concatenate([hour.left * users + hour.right for hour in hours] or [np.zeros(0, np.int64)])
    common_parts = np.concatenate([hour.common for hour in hours] or [np.zeros(0, np.int64)])
    key, place = np.unique(keys, return_inverse=True)
    common = np.bincount(place, common_parts, len(key))
    left, right = key // users, key % users
    index: Floats = common / np.maximum(tuples[left] + tuples[right] - common, 1)
    return Graph(users, left, right, index).where((index >= alike.index) & (common >= alike.common))


def groups(graph: Graph, least: int) -> list[Ints]:
    """Connected components of at least `least` users."""
    return [group for group in components(graph) if len(group) >= least]
