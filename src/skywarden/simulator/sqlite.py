"""Keep the simulated network in one SQLite file: accounts, repositories, frames with their ground truth.

Retry: a batch that raised was stored wholly or not at all.
Crash: what `store` returned for is there after kill -9, and all parts of it agree: a frame is never without the
repository state that it left behind. (`synchronous` is NORMAL: a power cut may take the last batches, whole ones.)
Two writers: the second fails on the lock.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Seq, UtcMicros
from skywarden.simulator.accounts import Account
from skywarden.simulator.plc import Entry

_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accounts (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS plc (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS heads (account INTEGER PRIMARY KEY, rev TEXT NOT NULL, commit_block BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS records (
    account INTEGER NOT NULL, path TEXT NOT NULL, cid BLOB NOT NULL, block BLOB NOT NULL, PRIMARY KEY (account, path)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frames (seq INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, frame BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS truth (number INTEGER PRIMARY KEY, line BLOB NOT NULL);
"""
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA cache_size=-8000",
    "PRAGMA locking_mode=EXCLUSIVE",
)
_TRIM_EVERY = 2_000
_KEPT_TRUTH = 1_000_000
_TRUTH_PAGE = 1_000
LOCK_WAIT_S = 10.0  # a predecessor that was told to end may still be closing


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """One frame of the relay's journal."""

    seq: Seq
    time_us: UtcMicros
    frame: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where a repository stands."""

    rev: str
    commit_block: bytes


@dataclass(slots=True)
class Batch:
    """What happened since the last store; `records` and `heads` map to None what is gone."""

    frames: list[StoredFrame] = field(default_factory=list)
    truth: list[bytes] = field(default_factory=list)
    records: dict[tuple[int, str], tuple[bytes, bytes] | None] = field(default_factory=dict)
    heads: dict[int, Head | None] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)
    plc: list[Entry] = field(default_factory=list)
    facts: dict[str, bytes] = field(default_factory=dict)


class SimulatorStore:
    """The file; for one thread of one process."""

    def __init__(self, path: Path | None, *, retained_frames: int, lock_wait_s: float = LOCK_WAIT_S) -> None:
        """Open or make the file; None keeps everything in memory."""
        self._retained = retained_frames
        self._db = sqlite3.connect(":memory:" if path is None else path, isolation_level=None, timeout=lock_wait_s)
        try:
            for pragma in _PRAGMAS:
                self._db.execute(pragma)
            self._db.executescript(_TABLES)
        except sqlite3.OperationalError as error:
            self._db.close()
            raise Broken(f"{path}: cannot open the simulator's store: {error}; is another one using it?") from error
        self._untrimmed = 0

    def close(self) -> None:
        self._db.close()

    def store(self, batch: Batch) -> None:
        """Make a batch durable in one transaction."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._put_identities(batch)
            self._put_repositories(batch)
            self._put_journal(batch)
        except BaseException:  # also an interrupt: nothing may stay half open; it goes on as it came
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _put_identities(self, batch: Batch) -> None:
        accounts = ((account.index, msgspec.msgpack.encode(account)) for account in batch.accounts)
        self._db.executemany("INSERT OR REPLACE INTO accounts VALUES (?, ?)", accounts)
        entries = ((msgspec.msgpack.encode(entry),) for entry in batch.plc)
        self._db.executemany("INSERT INTO plc (value) VALUES (?)", entries)
        self._db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", batch.facts.items())

    def _put_repositories(self, batch: Batch) -> None:
        gone = [key for key, value in batch.records.items() if value is None]
        self._db.executemany("DELETE FROM records WHERE account = ? AND path = ?", gone)
        kept = ((*key, *value) for key, value in batch.records.items() if value is not None)
        self._db.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", kept)
        closed = [(account,) for account, head in batch.heads.items() if head is None]
        self._db.executemany("DELETE FROM heads WHERE account = ?", closed)
        self._db.executemany("DELETE FROM records WHERE account = ?", closed)
        heads = ((account, head.rev, head.commit_block) for account, head in batch.heads.items() if head is not None)
        self._db.executemany("INSERT OR REPLACE INTO heads VALUES (?, ?, ?)", heads)

    def _put_journal(self, batch: Batch) -> None:
        frames = ((frame.seq, frame.time_us, frame.frame) for frame in batch.frames)
        self._db.executemany("INSERT INTO frames VALUES (?, ?, ?)", frames)
        self._db.executemany("INSERT INTO truth (line) VALUES (?)", ((line,) for line in batch.truth))
        self._untrimmed += len(batch.frames)
        if self._untrimmed >= _TRIM_EVERY:
            self._untrimmed = 0
            self._db.execute("DELETE FROM frames WHERE seq <= ?", (self.newest_seq() - self._retained,))
            self._db.execute("DELETE FROM truth WHERE number <= (SELECT max(number) FROM truth) - ?", (_KEPT_TRUTH,))

    # --- reading ----------------------------------------------------------------------------------------------------

    def fact(self, name: str) -> bytes | None:
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def accounts(self) -> list[Account]:
        rows = self._db.execute("SELECT value FROM accounts ORDER BY number")
        return [msgspec.msgpack.decode(value, type=Account) for (value,) in rows]

    def plc_entries(self) -> list[Entry]:
        rows = self._db.execute("SELECT value FROM plc ORDER BY number")
        return [msgspec.msgpack.decode(value, type=Entry) for (value,) in rows]

    def head(self, account: int) -> Head | None:
        row = self._db.execute("SELECT rev, commit_block FROM heads WHERE account = ?", (account,)).fetchone()
        return None if row is None else Head(*row)

    def record_cids(self, account: int) -> list[tuple[str, bytes]]:
        """Paths and CIDs of a repository, in the order of paths."""
        return self._db.execute("SELECT path, cid FROM records WHERE account = ? ORDER BY path", (account,)).fetchall()

    def record_blocks(self, account: int) -> Iterator[tuple[bytes, bytes]]:
        """CIDs and blocks of a repository's records."""
        return iter(self._db.execute("SELECT cid, block FROM records WHERE account = ? ORDER BY path", (account,)))

    def collection(self, collection: str) -> Iterator[tuple[int, str, bytes]]:
        """All accounts' records of one collection: account, record key, block."""
        low, high = f"{collection}/", f"{collection}0"
        rows = self._db.execute("SELECT account, path, block FROM records WHERE path > ? AND path < ?", (low, high))
        return ((account, path[len(low) :], block) for account, path, block in rows)

    def holding(self, collection: str, words: str, limit: int) -> list[tuple[int, str]]:
        """The newest records of a collection whose text has these words as they stand: account, record key."""
        low, high = f"{collection}/", f"{collection}0"
        query = "SELECT account, path FROM records WHERE path > ? AND path < ? AND instr(block, ?) > 0"
        rows = self._db.execute(query + " ORDER BY path DESC LIMIT ?", (low, high, words.encode(), limit))
        return [(account, path[len(low) :]) for account, path in rows]

    def touched_accounts(self) -> list[int]:
        """Accounts whose repository is in the store."""
        return [account for (account,) in self._db.execute("SELECT account FROM heads")]

    def newest_seq(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(seq), 0) FROM frames").fetchone()[0])

    def oldest_seq(self) -> int:
        """First seq that is kept; one past the newest when none is."""
        row = self._db.execute("SELECT min(seq) FROM frames").fetchone()
        return self.newest_seq() + 1 if row[0] is None else int(row[0])

    def last_frame(self) -> StoredFrame | None:
        row = self._db.execute("SELECT * FROM frames ORDER BY seq DESC LIMIT 1").fetchone()
        return None if row is None else StoredFrame(Seq(row[0]), UtcMicros(row[1]), row[2])

    def frames_from(self, seq: int, limit: int) -> list[StoredFrame]:
        """Frames from `seq` (inclusive), oldest first."""
        rows = self._db.execute("SELECT * FROM frames WHERE seq >= ? ORDER BY seq LIMIT ?", (seq, limit))
        return [StoredFrame(Seq(number), UtcMicros(time_us), frame) for number, time_us, frame in rows]

    def truth(self, after: int = 0) -> Iterator[bytes]:
        """Ground-truth lines, without the first `after`; read in pages, so that writing may go on meanwhile."""
        while True:
            query = "SELECT number, line FROM truth WHERE number > ? ORDER BY number LIMIT ?"
            rows = self._db.execute(query, (after, _TRUTH_PAGE)).fetchall()
            if not rows:
                return
            after = rows[-1][0]
            yield from (line for _, line in rows)

    def count(self, account: int, collection: str) -> int:
        """How many records of a collection an account has."""
        query = "SELECT count(*) FROM records WHERE account = ? AND path > ? AND path < ?"
        return int(self._db.execute(query, (account, f"{collection}/", f"{collection}0")).fetchone()[0])

    def record(self, account: int, path: str) -> tuple[bytes, bytes] | None:
        """CID and block of one record."""
        query = "SELECT cid, block FROM records WHERE account = ? AND path = ?"
        row = self._db.execute(query, (account, path)).fetchone()
        return None if row is None else (row[0], row[1])
