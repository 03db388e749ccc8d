"""Make the ordinary events of a network from a seed, a batch at a time: each kind as columns, in order of time."""

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.bench.history import records
from skywarden.bench.history.names import Ints, cids, iso_times, tids, uris
from skywarden.bench.reference.history import ACCOUNTS, PostMaker
from skywarden.model.event import SCHEMA, Action, Kind

SHARES = {
    "app.bsky.feed.like": 0.44,
    "app.bsky.feed.post": 0.20,
    "app.bsky.graph.follow": 0.12,
    "app.bsky.feed.repost": 0.08,
    "deleted": 0.08,
    "app.bsky.graph.block": 0.02,
    "app.bsky.graph.listitem": 0.02,
    "app.bsky.actor.profile": 0.02,
    "identity": 0.01,
    "account": 0.01,
}
"""Share of events by kind. The network itself has fewer posts, about one event in ten."""

_POST = "app.bsky.feed.post"
_DELETED = ("app.bsky.feed.like", "app.bsky.graph.follow", "app.bsky.feed.repost", _POST)
_RECENT = 100_000
"""Posts that likes and reposts are about."""

Columns = dict[str, pa.Array]


class Crowd:
    """Accounts that post, like and follow; a few much, most seldom."""

    def __init__(self, posts: PostMaker, seed: int) -> None:
        self._posts = posts
        self._rng = np.random.default_rng((seed, 1))
        self._seq = 0
        self._recent = (posts.dids.slice(0, 1), pa.array([f"at://{posts.dids[0]}/{_POST}/3kfirstpost22"]))
        self._makers: Mapping[str, Callable[[str, Ints, pa.StringArray], Columns]] = {
            "app.bsky.feed.like": self._of_record,
            "app.bsky.feed.repost": self._of_record,
            "app.bsky.graph.follow": self._of_account,
            "app.bsky.graph.block": self._of_account,
            "app.bsky.graph.listitem": self._of_account,
            "app.bsky.actor.profile": self._profile,
            "deleted": self._deleted,
            "identity": self._identity,
            "account": self._account,
        }

    def events(self, times_us: Ints) -> pa.RecordBatch:
        """An event at each of these times, which ascend."""
        drawn = self._rng.choice(len(SHARES), len(times_us), p=list(SHARES.values()))
        parts, places = [], []
        for number, name in enumerate(SHARES):
            rows = np.flatnonzero(drawn == number)
            if len(rows):
                parts.append(self._made(name, times_us[rows]))
                places.append(rows)
        order = np.argsort(np.concatenate(places))
        mixed = pa.Table.from_batches(parts, SCHEMA).combine_chunks().to_batches()[0].take(pa.array(order))
        seqs = pa.array(np.arange(self._seq, self._seq + len(mixed)))
        self._seq += len(mixed)
        return mixed.set_column(SCHEMA.get_field_index("seq"), SCHEMA.field("seq"), seqs)

    def _made(self, name: str, times_us: Ints) -> pa.RecordBatch:
        size = len(times_us)
        authors = (ACCOUNTS * self._rng.random(size) ** 3).astype(np.int64)
        rkeys = tids(times_us, self._rng)
        if name == _POST:
            return self._post(times_us, authors, rkeys)
        dids = self._posts.dids.take(pa.array(authors))
        columns: Columns = {key: made.take(pa.array(authors)) for key, made in self._posts.profiles.items()}
        columns |= {
            "source": pa.repeat(pa.scalar("bench"), size),
            "time_us": pa.array(times_us),
            "did": dids,
            "kind": _repeated(int(Kind.COMMIT), size, "kind"),
            "action": _repeated(int(Action.CREATE), size, "action"),
            "collection": pa.repeat(pa.scalar(name), size),
            "rkey": rkeys,
            "rev": rkeys,
            "created_at_us": pa.array(times_us - 300_000),
        }
        columns |= self._makers[name](name, times_us, dids)
        return _rows(columns, size)

    def _post(self, times_us: Ints, authors: Ints, rkeys: pa.StringArray) -> pa.RecordBatch:
        posts, size = self._posts.posts(times_us, times_us, authors), len(times_us)
        columns = dict(zip(posts.schema.names, posts.columns, strict=True))
        langs = pc.list_element(columns["langs"], 0)
        records_made = records.post_records(columns["text"], langs, iso_times(times_us))
        columns |= {"rkey": rkeys, "rev": rkeys, "cid": cids(size, self._rng), "record": records_made}
        self._remember(columns["did"], uris(columns["did"], _POST, rkeys))
        return _rows(columns, size)

    def _remember(self, dids: pa.StringArray, names: pa.StringArray) -> None:
        both = [pa.concat_arrays([old, new]) for old, new in zip(self._recent, (dids, names), strict=True)]
        self._recent = (both[0][-_RECENT:], both[1][-_RECENT:])

    def _of_record(self, name: str, times_us: Ints, dids: pa.StringArray) -> Columns:
        size = len(times_us)
        about = pa.array((len(self._recent[0]) * self._rng.random(size) ** 2).astype(np.int64))
        subject = self._recent[1].take(about)
        made = records.of_record(name, subject, cids(size, self._rng), iso_times(times_us))
        return {
            "cid": cids(size, self._rng),
            "subject_uri": subject,
            "subject_did": self._recent[0].take(about),
            "record": made,
        }

    def _of_account(self, name: str, times_us: Ints, dids: pa.StringArray) -> Columns:
        about = (ACCOUNTS * self._rng.random(len(times_us)) ** 2).astype(np.int64)
        subject = self._posts.dids.take(pa.array(about))
        made = records.of_account(name, subject, iso_times(times_us))
        return {"cid": cids(len(times_us), self._rng), "subject_did": subject, "record": made}

    def _profile(self, name: str, times_us: Ints, dids: pa.StringArray) -> Columns:
        size = len(times_us)
        names = pc.binary_join_element_wise("Person ", pc.utf8_slice_codeunits(dids, 8, 14), "")
        texts = self._posts.texts.take(pa.array(self._rng.integers(0, len(self._posts.texts), size)))
        return {
            "action": _repeated(int(Action.UPDATE), size, "action"),
            "rkey": pa.repeat(pa.scalar("self"), size),
            "cid": cids(size, self._rng),
            "display_name": names,
            "description": texts,
            "record": records.profile_records(names, texts),
        }

    def _deleted(self, name: str, times_us: Ints, dids: pa.StringArray) -> Columns:
        size = len(times_us)
        drawn = self._rng.integers(0, len(_DELETED), size)
        return {
            "action": _repeated(int(Action.DELETE), size, "action"),
            "collection": pa.array(_DELETED).take(pa.array(drawn)),
            "created_at_us": pa.nulls(size, pa.int64()),
        }

    def _identity(self, name: str, times_us: Ints, dids: pa.StringArray) -> Columns:
        size = len(times_us)
        handles = pc.binary_join_element_wise(pc.utf8_slice_codeunits(dids, 8, 16), ".example", "")
        return _no_record(Kind.IDENTITY, size) | {"handle": handles}

    def _account(self, name: str, times_us: Ints, dids: pa.StringArray) -> Columns:
        size = len(times_us)
        active = self._rng.random(size) < 0.5
        status = pa.array(["deactivated"]).take(pa.array(np.zeros(size, np.int64), mask=active))
        return _no_record(Kind.ACCOUNT, size) | {"account_active": pa.array(active), "account_status": status}


def _no_record(kind: Kind, size: int) -> Columns:
    gone = ("action", "collection", "rkey", "rev", "created_at_us")
    return {name: pa.nulls(size, SCHEMA.field(name).type) for name in gone} | {
        "kind": _repeated(int(kind), size, "kind")
    }


def _repeated(value: int, size: int, column: str) -> pa.Array:
    return pa.repeat(pa.scalar(value, SCHEMA.field(column).type), size)


def _rows(columns: Mapping[str, pa.Array], size: int) -> pa.RecordBatch:
    arrays = [columns.get(field.name, pa.nulls(size, field.type)) for field in SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)
