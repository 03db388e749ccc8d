"""Make a history of posts from a seed, like the real network's: languages, lengths, links, accounts old and new.

The history is made once and kept as an Arrow file in the temporary folder; readers map it.
"""

import hashlib
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from skywarden.bench.reference.sets import SEED, ReferenceSets, dids
from skywarden.kernel.ids import Offset
from skywarden.model.event import SCHEMA, Action, EventBatch, Kind
from skywarden.simulator.text import LANGUAGES, load_pool
from skywarden.simulator.text.grammar import LANGUAGE_WEIGHTS

BATCH_ROWS = 262_144
START_US = 1_750_000_000_000_000
POSTS_PER_S = 46
"""What the network made in 2025, on average."""

ACCOUNTS = 300_000
_TEXTS = 60_000
_TAILS = 8_000
_DOMAINS = 6_000
_PLANTED = 12
"""Entries of each set that are accounts or domains of the history."""
_SPAM_SHARE, _TERM_SHARE = 0.002, 0.0008
_DAY_US = 86_400_000_000
_EMOJI = ("😂", "❤️", "😭", "🔥", "✨", "🥹", "👀", "💙", "🙏", "🤔", "☕", "🐈", "🌸", "🎉")
_SPAM = (
    "FREE crypto for the first hundred, dm me on telegram",
    "Telegram: @{word} has the signals of today",
    "I recovered my lost wallet with the help of {word}, contact {word}@gmail.com",
    "win a free prize today!!!!!!! {word}",
    "Buy real followers at https://{word}.shop/promo{number}",
    "Passive income of ${number} a week, work from home and earn ${number}",
    "send to 0x52908400098527886E0F7030069857D2E4169EE7 {word}",
    "doctors hate this: {word}",
    "giiveeaawaay for all! #airdrop #{word}",
    "今日から副業で月収{number}万 {word}",
    "hahahahahahahahahahahaha {word}",
    "call +1 555-010-{number} and share your 12-word seed phrase",
)

Ints = npt.NDArray[np.int64]


def read_history(events: int, sets: ReferenceSets, seed: int = SEED) -> list[EventBatch]:
    """The first `events` posts of the seed's history, as batches of `BATCH_ROWS` that share the file's memory."""
    path = _path(events, seed)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        with pa.OSFile(str(draft), "wb") as sink, pa.ipc.new_file(sink, SCHEMA) as writer:
            for rows in PostMaker(events, sets, seed).batches():
                writer.write_batch(rows)
        draft.replace(path)
    reader = pa.ipc.open_file(pa.memory_map(str(path)))
    batches = [reader.get_batch(number) for number in range(reader.num_record_batches)]
    bases = np.cumsum([0, *(batch.num_rows for batch in batches)]).tolist()
    return [EventBatch(Offset(base), batch) for base, batch in zip(bases, batches, strict=False)]


def _path(events: int, seed: int) -> Path:
    made_by = hashlib.sha256(Path(__file__).read_bytes() + Path(__file__).with_name("sets.py").read_bytes())
    return Path(tempfile.gettempdir()) / "skywarden-bench" / f"posts-{seed}-{events}-{made_by.hexdigest()[:12]}.arrow"


class PostMaker:
    """The accounts, texts and domains that posts are drawn from."""

    def __init__(self, events: int, sets: ReferenceSets, seed: int) -> None:
        self._events = events
        self._rng = np.random.default_rng(seed)
        self._words = Random(seed)  # noqa: S311  # test data
        self._terms = [term for name, entries in sets.entries.items() if name.startswith("words") for term in entries]
        self.dids = self._mixed(dids(seed, ACCOUNTS), sets, "accounts")
        ordinary = [f"site{number}.example" for number in range(_DOMAINS)]
        self._domains = self._mixed(ordinary, sets, "domains")
        self.texts, self._langs = self._make_texts()
        self._tails = pa.array([self._tail() for _ in range(_TAILS)], pa.string())
        self.profiles = self._make_profiles()

    def batches(self) -> list[pa.RecordBatch]:
        """Every batch, in the order of time."""
        edges = [*range(0, self._events, BATCH_ROWS), self._events]
        return [self._batch(start, stop) for start, stop in pairwise(edges)]

    def _mixed(self, ordinary: list[str], sets: ReferenceSets, kind: str) -> pa.StringArray:
        """A few entries of each set among what is in none."""
        rare = len(ordinary) // 20  # the first are drawn most often
        places = iter((rare + self._rng.permutation(len(ordinary) - rare)).tolist())
        for name, entries in sets.entries.items():
            if name.startswith(kind):
                for entry in entries[:_PLANTED]:
                    ordinary[next(places)] = entry
        return pa.array(ordinary, pa.string())

    def _make_texts(self) -> tuple[pa.StringArray, pa.StringArray]:
        drawn = self._words.choices(LANGUAGES, weights=LANGUAGE_WEIGHTS, k=_TEXTS)
        texts = [load_pool(lang).post(self._words) for lang in drawn]
        return pa.array(texts, pa.string()), pa.array(drawn, pa.string())

    def _tail(self) -> str:
        words, kind = self._words, self._words.random()
        if kind < 0.2:
            return ""
        if kind < 0.5:
            return words.choice(_EMOJI) * words.randrange(1, 4)
        pool = load_pool(words.choices(LANGUAGES, weights=LANGUAGE_WEIGHTS)[0])
        return pool.fill(words.choice(pool.short or pool.replies), words) + f" {words.randrange(100)}"

    def _make_profiles(self) -> dict[str, pa.Array]:
        rng, unknown = self._rng, self._rng.random(ACCOUNTS) < 0.05
        created = START_US - (_DAY_US * np.minimum(rng.exponential(260, ACCOUNTS), 900)).astype(np.int64)
        counts = {
            "author_followers": np.exp(rng.normal(4.2, 2.0, ACCOUNTS)),
            "author_follows": np.exp(rng.normal(4.8, 1.5, ACCOUNTS)),
            "author_posts": np.exp(rng.normal(5.2, 2.2, ACCOUNTS)),
        }
        profiles = {name: pa.array(made.astype(np.int64), mask=unknown) for name, made in counts.items()}
        profiles["author_created_us"] = pa.array(created, mask=unknown)
        profiles["author_has_avatar"] = pa.array(rng.random(ACCOUNTS) < 0.88, mask=unknown)
        profiles["author_handle"] = pa.array([f"person{number}.example" for number in range(ACCOUNTS)])
        return profiles

    def _batch(self, start: int, stop: int) -> pa.RecordBatch:
        authors = (ACCOUNTS * self._rng.random(stop - start) ** 3).astype(np.int64)  # a few post often, most seldom
        times = START_US + np.arange(start, stop, dtype=np.int64) * (1_000_000 // POSTS_PER_S)
        return self.posts(np.arange(start, stop), times, authors)

    def posts(self, seqs: Ints, times: Ints, authors: Ints) -> pa.RecordBatch:
        """New posts by these accounts, numbers in `dids`."""
        size, rng = len(seqs), self._rng
        late = np.where(rng.random(size) < 0.004, rng.integers(-90, 1, size) * _DAY_US, -800_000)
        ahead = np.where(rng.random(size) < 0.004, 3_600_000_000, 0)
        base = rng.integers(0, _TEXTS, size)
        domains, mentions = self._lists(self._domains, 0.14, size), self._lists(self.dids, 0.06, size)
        parents = self._some(self.dids, 0.42, size)
        columns = {name: profile.take(pa.array(authors)) for name, profile in self.profiles.items()}
        columns |= {
            "seq": pa.array(seqs),
            "source": pa.repeat(pa.scalar("bench"), size),
            "time_us": pa.array(times),
            "did": self.dids.take(pa.array(authors)),
            "kind": pa.repeat(pa.scalar(int(Kind.COMMIT), pa.int8()), size),
            "action": pa.repeat(pa.scalar(int(Action.CREATE), pa.int8()), size),
            "collection": pa.repeat(pa.scalar("app.bsky.feed.post"), size),
            "rkey": pa.array([f"3l{number:011x}" for number in seqs.tolist()]),
            "cid": pa.array([f"bafyrei{number:052x}" for number in seqs.tolist()]),
            "created_at_us": pa.array(times + late + ahead),
            "text": self._batch_texts(base, domains),
            "langs": pa.ListArray.from_arrays(np.arange(size + 1, dtype=np.int32), self._langs.take(pa.array(base))),
            "reply_parent_did": parents,
            "reply_parent_uri": pc.binary_join_element_wise("at://", parents, "/app.bsky.feed.post/3kparent", ""),
            "reply_root_did": pc.if_else(pa.array(rng.random(size) < 0.6), parents, self._some(self.dids, 1.0, size)),
            "quote_did": self._some(self.dids, 0.08, size),
            "quote_uri": pa.array(["at://did:plc:q/app.bsky.feed.post/q"]).take(self._flagged(0.08, size)),
            "domains": domains,
            "links": domains,
            "mentions": mentions,
            "tags": self._lists(self._tails, 0.1, size),
            "image_cids": self._lists(self._tails, 0.2, size),
            "video_cid": pa.array(["bafyvideo"]).take(self._flagged(0.03, size)),
        }
        columns["reply_root_did"] = pc.if_else(pc.is_valid(parents), columns["reply_root_did"], None)
        arrays = [columns.get(name, pa.nulls(size, SCHEMA.field(name).type)) for name in SCHEMA.names]
        return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)

    def _flagged(self, share: float, size: int) -> pa.Array:
        """Index 0 for a share of the rows, null for the others."""
        return pa.array(np.zeros(size, np.int64), mask=self._rng.random(size) >= share)

    def _some(self, pool: pa.StringArray, share: float, size: int) -> pa.StringArray:
        """A value of the pool for a share of the rows, null for the others; the first of the pool most often."""
        drawn = (len(pool) * self._rng.random(size) ** 3).astype(np.int64)
        return pool.take(pa.array(drawn, mask=self._rng.random(size) >= share))

    def _lists(self, pool: pa.StringArray, share: float, size: int) -> pa.ListArray:
        """A list a row: null for most, one to four values for a share of them."""
        there = self._rng.random(size) < share
        lengths = np.where(there, self._rng.choice((1, 1, 1, 1, 2, 3, 4), size), 0)
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        return pa.ListArray.from_arrays(
            pa.array(offsets), self._some(pool, 1.0, int(offsets[-1])), mask=pa.array(~there)
        )

    def _batch_texts(self, base: Ints, domains: pa.ListArray) -> pa.StringArray:
        size = len(base)
        tails = self._tails.take(pa.array(self._rng.integers(0, _TAILS, size)))
        first = pc.list_element(pc.if_else(pc.is_valid(domains), domains, pa.scalar(["-"])), 0)
        links = pc.if_else(pc.is_valid(domains), pc.binary_join_element_wise("https://", first, "/a/", ""), "")
        texts = pc.utf8_trim(pc.binary_join_element_wise(self.texts.take(pa.array(base)), tails, links, " "), " ")
        texts = pc.if_else(pa.array(self._rng.random(size) < 0.02), "", texts)
        return self._planted(texts, _SPAM_SHARE, [self._spam() for _ in range(200)])

    def _planted(self, texts: pa.StringArray, share: float, spam: Sequence[str]) -> pa.StringArray:
        """Spam in the place of a few texts, a listed term at the end of a few others."""
        size, rng = len(texts), self._rng
        drawn = pa.array(list(spam), pa.string()).take(pa.array(rng.integers(0, len(spam), size)))
        texts = pc.if_else(pa.array(rng.random(size) < share), drawn, texts)
        terms = pa.array(self._terms, pa.string()).take(pa.array(rng.integers(0, len(self._terms), size)))
        with_term = pc.binary_join_element_wise(texts, terms, " ")
        return pc.if_else(pa.array(rng.random(size) < _TERM_SHARE), with_term, texts)

    def _spam(self) -> str:
        words = self._words
        return words.choice(_SPAM).format(word=words.choice(self._terms).split()[0], number=words.randrange(1000, 9999))
