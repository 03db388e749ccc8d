"""Compare hits with what people decided about the same records and accounts. A sink."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.engine.backtest.hits import HitColumns
from skywarden.model.proportion import Proportion, wilson


class Agreement:
    """Of the different subjects that a rule hits and a person looked at, how many the person acted on.

    `verdicts` has the names of subjects, records by at-uri and accounts by did: did the person act, or dismiss? A hit
    is about its record where somebody judged that, else about its account.
    """

    def __init__(self, verdicts: Mapping[str, bool]) -> None:
        self._acted = list(verdicts.values())
        self._names = pa.array(list(verdicts), pa.string())
        self._seen: defaultdict[str, set[int]] = defaultdict(set)

    def add(self, hits: HitColumns) -> None:
        """Note which judged subjects were hit."""
        events = hits.events
        dids = events.column("did")
        accounts = pc.binary_join_element_wise("at://", dids, "")
        uris = pc.binary_join_element_wise(accounts, events.column("collection"), events.column("rkey"), "/")
        found = pc.coalesce(pc.index_in(uris, self._names), pc.index_in(dids, self._names))
        rows = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))
        for code, number in set(zip(hits.rule[rows].tolist(), found.take(pa.array(rows)).to_pylist(), strict=True)):
            self._seen[hits.rules[code]].add(number)

    def of(self, rule: str) -> Proportion:
        """How many of the judged subjects that the rule hits were acted on."""
        seen = self._seen[rule]
        return wilson(sum(self._acted[number] for number in seen), len(seen))
