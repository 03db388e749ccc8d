"""Keep accounts, follow edges and repository states in one SQLite file, as of one offset of the log.

Retry: `save` is one transaction, repeating it changes nothing. Crash: WAL with synchronous=NORMAL; a power loss may
take the last saves with it, and the log's rows from `applied_offset` on bring them back; labels and tags are synced at
once. Two writers: one process.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path

from skywarden.ingest.accounts.account import Account
from skywarden.ingest.contract import RepoState
from skywarden.kernel.errors import Broken
from skywarden.kernel.ids import Did, Offset

_FORMAT = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS accounts (
    number INTEGER PRIMARY KEY, did TEXT NOT NULL UNIQUE, first_seen_us INTEGER, created_us INTEGER, handle TEXT,
    pds_host TEXT, display_name TEXT, description TEXT, has_avatar INTEGER, avatar_cid TEXT, followers_base INTEGER,
    follows_base INTEGER, posts_base INTEGER, followers_seen INTEGER NOT NULL, follows_seen INTEGER NOT NULL,
    posts_seen INTEGER NOT NULL, labels TEXT NOT NULL, tags TEXT NOT NULL, hydrated_us INTEGER,
    deleted INTEGER NOT NULL, last_handle TEXT);
CREATE TABLE IF NOT EXISTS follows (
    actor INTEGER NOT NULL, rkey TEXT NOT NULL, subject INTEGER NOT NULL, PRIMARY KEY (actor, rkey)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS follows_by_subject ON follows (actor, subject);
CREATE TABLE IF NOT EXISTS repos (
    did TEXT PRIMARY KEY, rev TEXT, data BLOB, active INTEGER NOT NULL, status TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
"""
_COLUMNS = tuple(field.name for field in fields(Account))
_VALUES = f"INTO accounts ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_SAVE = f"INSERT {_VALUES} ON CONFLICT (number) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in _COLUMNS if name not in ("number", "did")
)  # not REPLACE: that takes the row out of its index and puts it back
_SAVE_MARKS = f"INSERT {_VALUES} ON CONFLICT (number) DO UPDATE SET labels = excluded.labels, tags = excluded.tags"
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM accounts"  # noqa: S608 - column names of ours
_read = attrgetter(*_COLUMNS)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class FollowChanges:
    """Accounts whose edges all go, then edges (actor, rkey, subject) that came, or went where subject is None."""

    forgotten: tuple[int, ...] = ()
    edges: tuple[tuple[int, str, int | None], ...] = ()


class AccountStore:
    """The file. Not thread-safe by itself: its owner locks."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-16000", "busy_timeout=10000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_TABLES)
        self._add_missing_columns()
        found = self.fact("format")
        if found not in (None, _FORMAT):
            raise Broken(
                f"{path}: expected format {_FORMAT}, found {found}; remove the file, it is rebuilt from the log"
            )
        if found is None:
            self._db.execute("INSERT INTO facts VALUES ('format', ?)", (_FORMAT,))

    def _add_missing_columns(self) -> None:
        """A file of an older version lacks columns; what they hold is not known until the account says it again."""
        found = {row[0] for row in self._db.execute("SELECT name FROM pragma_table_info('accounts')")}
        for name in ("avatar_cid", "last_handle"):
            if name not in found:
                self._db.execute(f"ALTER TABLE accounts ADD COLUMN {name} TEXT")

    def close(self) -> None:
        self._db.close()

    def fact(self, name: str) -> int | None:
        """One stored number: applied_offset, complete_since_us."""
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else int(row[0])

    def applied_offset(self) -> Offset:
        """The log's rows before this offset are in the counts."""
        return Offset(self.fact("applied_offset") or 0)

    def last_number(self) -> int:
        """The highest account number given out."""
        row = self._db.execute("SELECT max(number) FROM accounts").fetchone()
        return int(row[0] or 0)

    def load(self, dids: Sequence[Did]) -> list[Account]:
        """Accounts that are stored, in any order."""
        found: list[Account] = []
        for start in range(0, len(dids), _AT_ONCE):
            part = dids[start : start + _AT_ONCE]
            rows = self._db.execute(f"{_SELECT} WHERE did IN ({','.join('?' * len(part))})", part)
            found += [_account(row) for row in rows]
        return found

    def load_number(self, number: int) -> Account | None:
        """One account by its number."""
        row = self._db.execute(f"{_SELECT} WHERE number = ?", (number,)).fetchone()
        return None if row is None else _account(row)

    def rkeys(self, actor: int, subject: int) -> list[str]:
        """Record keys of the follow records by which `actor` follows `subject`."""
        rows = self._db.execute("SELECT rkey FROM follows WHERE actor = ? AND subject = ?", (actor, subject))
        return [row[0] for row in rows]

    def subjects(self, actor: int) -> set[int]:
        """Whom an account follows."""
        return {row[0] for row in self._db.execute("SELECT subject FROM follows WHERE actor = ?", (actor,))}

    def followed(self, actor: int, rkey: str) -> int | None:
        """Whom a follow record follows."""
        row = self._db.execute("SELECT subject FROM follows WHERE actor = ? AND rkey = ?", (actor, rkey)).fetchone()
        return None if row is None else int(row[0])

    def repo(self, did: Did) -> RepoState | None:
        """The stored repository state of an account."""
        row = self._db.execute("SELECT rev, data, active, status FROM repos WHERE did = ?", (did,)).fetchone()
        return None if row is None else RepoState(did, row[0], row[1], bool(row[2]), row[3])

    def save(
        self,
        accounts: Iterable[Account],
        follows: FollowChanges,
        repos: Iterable[RepoState] = (),
        facts: Mapping[str, int] | None = None,
    ) -> None:
        """Store changes in one transaction."""
        self._db.execute("BEGIN IMMEDIATE")
        with self._db:
            self._db.executemany(_SAVE, [_row(account) for account in accounts])
            self._save_follows(follows)
            self._db.executemany(
                "INSERT OR REPLACE INTO repos VALUES (?, ?, ?, ?, ?)",
                [(repo.did, repo.rev, repo.data, repo.active, repo.status) for repo in repos],
            )
            self._db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", (facts or {}).items())

    def save_marks(self, account: Account) -> None:
        """Store an account's labels and tags alone: its counts may belong to a batch that is not durable yet.

        Unlike counts they cannot be found again in the log, so they are on disk on return.
        """
        marked = Account(account.number, account.did, labels=account.labels, tags=account.tags)
        self._db.execute("PRAGMA synchronous=FULL")
        try:
            self._db.execute(_SAVE_MARKS, _row(marked))
        finally:
            self._db.execute("PRAGMA synchronous=NORMAL")

    def _save_follows(self, changes: FollowChanges) -> None:
        self._db.executemany("DELETE FROM follows WHERE actor = ?", [(actor,) for actor in changes.forgotten])
        for actor, rkey, subject in changes.edges:
            if subject is None:
                self._db.execute("DELETE FROM follows WHERE actor = ? AND rkey = ?", (actor, rkey))
            else:
                self._db.execute("INSERT OR REPLACE INTO follows VALUES (?, ?, ?)", (actor, rkey, subject))


def _row(account: Account) -> tuple[object, ...]:
    values = dict(zip(_COLUMNS, _read(account), strict=True))
    for name in ("labels", "tags"):
        values[name] = json.dumps(values[name]) if values[name] else "[]"
    return tuple(values.values())


def _account(row: Sequence[object]) -> Account:
    values = dict(zip(_COLUMNS, row, strict=True))
    for name in ("labels", "tags"):
        values[name] = tuple(json.loads(str(values[name])))
    for name in ("has_avatar", "deleted"):
        values[name] = None if values[name] is None else bool(values[name])
    return Account(**values)  # type: ignore[arg-type]  # the table's columns are the fields, in their types
