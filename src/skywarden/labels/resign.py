"""Turn labels that a replaced key signed into the same labels, cts and seq included, under the key of now.

They are signed when somebody reads them, and stored by `write_back` a batch at a time.
Crash: what was not stored is signed again. Two writers: both store a signature by the same key over the same bytes.
"""

import threading
from itertools import islice

from sqlalchemy import bindparam, update

from skywarden.kernel.ids import Did
from skywarden.labels.keys import LabelKey
from skywarden.labels.sign import sign_label
from skywarden.model.label import Label
from skywarden.storage import Database
from skywarden.storage.tables import LABEL

HELD_AT_MOST = 50_000
"""Signatures that wait to be stored; beyond them a label is signed anew each time it is read."""

_STORE = (
    update(LABEL)
    .where(LABEL.c.seq == bindparam("of_seq"), LABEL.c.signing_key_id == bindparam("old_key_id"))
    .values(sig=bindparam("new_sig"), signing_key_id=bindparam("new_key_id"))
)
"""A label that another process has signed again meanwhile, perhaps with a yet newer key, is left alone."""


class Resigner:
    """Signs again for one labeler; safe from several threads."""

    def __init__(self, db: Database, key: LabelKey, did: Did) -> None:
        self._db = db
        self._key = key
        self._did = did
        self._waiting: dict[int, tuple[int, bytes]] = {}
        self._lock = threading.Lock()

    @property
    def replaced(self) -> frozenset[int]:
        """Ids of the keys whose signatures no longer count."""
        return self._key.older

    def is_stale(self, key_id: int, src: str) -> bool:
        """Say whether a replaced key of this labeler made the signature."""
        return key_id in self._key.older and src == self._did

    def signature(self, seq: int, key_id: int, label: Label) -> bytes:
        """The signature by the key of now of a label that key `key_id` signed."""
        held = self._waiting.get(seq)
        if held is not None:
            return held[1]
        signature = sign_label(label, self._key.private).sig
        assert signature is not None
        with self._lock:
            if len(self._waiting) < HELD_AT_MOST:
                self._waiting[seq] = key_id, signature
        return signature

    def write_back(self, limit: int) -> int:
        """Store up to `limit` of the signatures that were made since; return how many."""
        with self._lock:
            batch = list(islice(self._waiting.items(), limit))
        if not batch:
            return 0
        rows = [
            {"of_seq": seq, "old_key_id": old, "new_sig": signature, "new_key_id": self._key.id}
            for seq, (old, signature) in batch
        ]
        with self._db.write("labels.resign") as tx:
            tx.execute(_STORE, rows)
        with self._lock:
            for seq, _ in batch:
                del self._waiting[seq]
        return len(batch)
