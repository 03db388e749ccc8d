"""Sum hits up by rule: over time, by account, domain and text, and what they propose by hour. A sink."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.detectors.text.copies import same_text_keys
from skywarden.engine.backtest.hits import HitColumns, Ints
from skywarden.kernel.clock import SECOND_US

HOUR_US = 3_600 * SECOND_US
TOP = 20
_SHOWN_CHARS = 300
_STEP = 200_000
"""Hits from one summing up of the parts to the next."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Something that hits have in common, how many have it, and of how many accounts."""

    what: str
    hits: int
    accounts: int


@dataclass(frozen=True, slots=True)
class RuleTally:
    """One rule's hits, summed up. Keys of `hours` and `proposals` are hours since 1970; `offsets` ascend."""

    rule: str
    hits: int
    hours: dict[int, int]
    proposals: dict[int, int]
    accounts: int
    top_accounts: tuple[Counted, ...]
    top_domains: tuple[Counted, ...]
    top_texts: tuple[Counted, ...]
    offsets: Ints


class Tally:
    """Counts exactly. Memory grows with the different accounts, domains and texts that are hit, not with hits, but
    for eight bytes each."""

    def __init__(self) -> None:
        self._rules: tuple[str, ...] = ()
        self._offsets: list[tuple[Ints, Ints]] = []
        self._hours = _Sums(("rule", "hour"), ("hits", "proposals"))
        self._domains = _Sums(("rule", "what", "did"), ("hits",))
        self._texts = _Sums(("rule", "what", "did"), ("hits",), example="text")
        self._accounts = _Sums(("rule", "did"), ("hits",))

    def add(self, hits: HitColumns) -> None:
        """Count some more."""
        rules = self._codes(hits)
        ones = pa.array(np.ones(len(hits), np.int64))
        self._offsets.append((rules, hits.offsets))
        rule, did = pa.array(rules), hits.events.column("did")
        hours = pa.array(hits.times_us // HOUR_US)
        self._hours.add({"rule": rule, "hour": hours, "hits": ones, "proposals": pa.array(hits.proposals)})
        self._accounts.add({"rule": rule, "did": did, "hits": ones})
        self._domains.add(_each_domain(rule, did, hits.events.column("domains")))
        text = hits.events.column("text")
        known = same_text_keys(text)
        shown = pc.utf8_slice_codeunits(text, 0, _SHOWN_CHARS)
        rows = {"rule": rule, "what": known, "did": did, "hits": ones, "text": shown}
        self._texts.add({name: column.filter(known.is_valid()) for name, column in rows.items()})

    def rules(self) -> dict[str, RuleTally]:
        """What each rule that was true found."""
        rules, offsets = _joined(self._offsets)
        found = {}
        for code in np.unique(rules).tolist():
            hours = self._hours.of(code)
            accounts = self._accounts.of(code)
            numbers = hours.column("hour").to_pylist()
            found[self._rules[code]] = RuleTally(
                rule=self._rules[code],
                hits=int(np.count_nonzero(rules == code)),
                hours=dict(sorted(zip(numbers, hours.column("hits").to_pylist(), strict=True))),
                proposals=dict(sorted(zip(numbers, hours.column("proposals").to_pylist(), strict=True))),
                accounts=len(accounts),
                top_accounts=_top_accounts(accounts),
                top_domains=_top(self._domains.of(code), "what"),
                top_texts=_top(self._texts.of(code), "text"),
                offsets=np.sort(offsets[rules == code]),
            )
        return found

    def _codes(self, hits: HitColumns) -> Ints:
        """Numbers of rules among all that came so far: each worker numbers its own."""
        new = [name for name in hits.rules if name not in self._rules]
        self._rules = (*self._rules, *new)
        places = np.array([self._rules.index(name) for name in hits.rules], np.int64)
        return places[hits.rule]


class _Sums:
    """Sums of columns by key, summed up now and then so that what repeats takes no room."""

    def __init__(self, keys: Sequence[str], sums: Sequence[str], example: str = "") -> None:
        self._keys = list(keys)
        self._sums = list(sums)
        self._example = example
        self._parts: list[pa.Table] = []
        self._rows = 0

    def add(self, columns: dict[str, pa.Array]) -> None:
        self._parts.append(pa.table(columns))
        self._rows += len(self._parts[-1])
        if self._rows >= _STEP + 2 * len(self._parts[0]):
            self._sum_up()

    def of(self, rule: int) -> pa.Table:
        """The sums of one rule."""
        self._sum_up()
        if not self._parts:
            return pa.table({name: [] for name in (*self._keys, *self._sums)})
        return self._parts[0].filter(pc.equal(self._parts[0].column("rule"), rule))

    def _sum_up(self) -> None:
        if not self._rows:
            return
        whole = pa.concat_tables(self._parts)
        wanted = [(name, "sum") for name in self._sums]
        if self._example:
            wanted.append((self._example, "first"))
        summed = whole.group_by(self._keys, use_threads=False).aggregate(wanted)
        names = [name.removesuffix("_sum").removesuffix("_first") for name in summed.column_names]
        self._parts, self._rows = [summed.rename_columns(names).select(whole.column_names)], 0


def _each_domain(rule: pa.Array, did: pa.Array, domains: pa.ListArray) -> dict[str, pa.Array]:
    """A row for each hit and each of its domains."""
    parents = pc.list_parent_indices(domains)
    what = domains.flatten()
    ones = pa.array(np.ones(len(what), np.int64))
    return {"rule": rule.take(parents), "what": what, "did": did.take(parents), "hits": ones}


def _top(sums: pa.Table, shown: str) -> tuple[Counted, ...]:
    """What most hits have in common; of equals the first by its letters."""
    if not len(sums):
        return ()
    wanted = [("hits", "sum"), ("hits", "count"), (shown, "min")]
    whole = sums.group_by("what").aggregate(wanted) if shown != "what" else sums.group_by("what").aggregate(wanted[:2])
    order = [("hits_sum", "descending"), ("what", "ascending")]
    best = whole.take(pc.select_k_unstable(whole, k=min(TOP, len(whole)), sort_keys=order))
    texts = best.column("what" if shown == "what" else f"{shown}_min").to_pylist()
    return tuple(map(Counted, texts, best.column("hits_sum").to_pylist(), best.column("hits_count").to_pylist()))


def _top_accounts(sums: pa.Table) -> tuple[Counted, ...]:
    order = [("hits", "descending"), ("did", "ascending")]
    best = sums.take(pc.select_k_unstable(sums, k=min(TOP, len(sums)), sort_keys=order))
    return tuple(
        Counted(did, hits, 1) for did, hits in zip(*(best.column(n).to_pylist() for n in ("did", "hits")), strict=True)
    )


def _joined(parts: Iterable[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    rules, offsets = zip(*parts, strict=True) if parts else ((), ())
    nothing = np.empty(0, np.int64)
    return np.concatenate([nothing, *rules]), np.concatenate([nothing, *offsets])
