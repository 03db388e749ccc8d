"""Turn who acted on what into weighted pairs of those who acted on the same things.

An object that `most` actors share or more is left out: it says little of any pair, and its pairs are too many to make.
"""

from dataclasses import dataclass

import numpy as np

from skywarden.detectors.network.graph import Flags, Floats, Graph, Ints


@dataclass(frozen=True, slots=True)
class Traces:
    """Distinct (actor, object) with how often; numbers are below `actors` and `objects`."""

    actors: int
    objects: int
    actor: Ints
    object_: Ints
    times: Floats

    def where(self, keep: Flags) -> "Traces":
        """Only these rows."""
        return Traces(self.actors, self.objects, self.actor[keep], self.object_[keep], self.times[keep])

    def actors_of(self) -> Ints:
        """How many actors each object has. Shape: (objects,)."""
        return np.bincount(self.object_, minlength=self.objects)

    def objects_of(self) -> Ints:
        """How many objects each actor has. Shape: (actors,)."""
        return np.bincount(self.actor, minlength=self.actors)


def cosine_pairs(traces: Traces, most: int) -> Graph:
    """Weigh pairs of actors by the cosine of their TF-IDF vectors over the objects.

    Shape:  TF is 1 + ln(times), IDF ln(N / n) + 1 with N actors that have a trace, n of them on the object; both as
            Pacheco et al. take them, smoothed so that an object of everybody still counts.
    Source: Pacheco et al., "Uncovering Coordinated Networks on Social Media", ICWSM 2021.
    """
    carriers = traces.actors_of()
    population = max(len(np.unique(traces.actor)), 1)
    idf = np.log(population / np.maximum(carriers, 1)) + 1
    weight = (1 + np.log(traces.times)) * idf[traces.object_]
    length = np.sqrt(np.bincount(traces.actor, weight**2, traces.actors))
    unit = weight / np.maximum(length[traces.actor], 1e-300)
    first, second = _together(traces, most)
    return _sum_up(traces, first, second, unit[first] * unit[second])


def shared_pairs(traces: Traces, most: int) -> tuple[Graph, Ints]:
    """Weigh pairs by the sum of 1 / (k - 1) over shared objects of k actors; also how many objects each pair shares.

    Source: Newman, "Scientific collaboration networks II", Phys. Rev. E 64, 2001.
    """
    first, second = _together(traces, most)
    share = 1.0 / np.maximum(traces.actors_of()[traces.object_[first]] - 1, 1)
    graph = _sum_up(traces, first, second, share)
    raw = _sum_up(traces, first, second, np.ones(len(first)))
    return graph, raw.weight.astype(np.int64)


def _together(traces: Traces, most: int) -> tuple[Ints, Ints]:
    """All pairs of rows of one object, as row numbers."""
    usable = np.flatnonzero(traces.actors_of()[traces.object_] < most)
    rows = usable[np.lexsort((traces.actor[usable], traces.object_[usable]))]
    starts, sizes = _runs(traces.object_[rows])
    first, second = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for size in np.unique(sizes[sizes > 1]):
        upper, lower = np.triu_indices(int(size), 1)
        begin = starts[sizes == size][:, None]
        first.append(rows[(begin + upper).ravel()])
        second.append(rows[(begin + lower).ravel()])
    return np.concatenate(first), np.concatenate(second)


def _runs(sorted_: Ints) -> tuple[Ints, Ints]:
    """Where equal values begin, and how many there are."""
    if not len(sorted_):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(sorted_)) + 1))
    return starts, np.diff(np.concatenate((starts, [len(sorted_)])))


def _sum_up(traces: Traces, first: Ints, second: Ints, value: Floats) -> Graph:
    """Add the values of each pair of actors; pairs in ascending order."""
    low = np.minimum(traces.actor[first], traces.actor[second])
    high = np.maximum(traces.actor[first], traces.actor[second])
    key, place = np.unique(low * traces.actors + high, return_inverse=True)
    weight = np.asarray(np.bincount(place, value, len(key)), np.float64)
    return Graph(traces.actors, key // traces.actors, key % traces.actors, weight)
