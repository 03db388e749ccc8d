"""Copy labels with their numbers, times and signatures, and the keys that signed them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from skywarden.app.ozone_import.source import OzoneSource, Row
from skywarden.app.ozone_import.target import Target, raise_counter
from skywarden.app.ozone_import.values import micros
from skywarden.kernel.ids import Did, UtcMicros
from skywarden.labels.publish import SEQ_COUNTER
from skywarden.storage.tables import LABEL, SIGNING_KEY, SUBJECT, SUBJECT_LABEL

Columns = dict[str, object]


UNKNOWN_KEY = "unknown"
"""Stands for the key of labels that were never signed, or by a key that is lost: one that was replaced."""


def copy_keys(source: OzoneSource, target: Target, now_us: UtcMicros) -> dict[int | None, int]:
    """Copy the public keys, the newest last; gives our id of each, and of the unknown one under None."""
    theirs = {row["id"]: row["key"] for row in sorted(source.all_rows("signing_key"), key=lambda row: row["id"])}
    made = [UNKNOWN_KEY, *theirs.values()]
    rows = [{"did_key": key, "created_us": now_us - len(made) + place} for place, key in enumerate(made)]
    with target.db.write("import.keys") as tx:
        target.add(tx, SIGNING_KEY, rows)
        ours = {row.did_key: row.id for row in tx.execute(select(SIGNING_KEY))}
    return {None: ours[UNKNOWN_KEY]} | {number: ours[key] for number, key in theirs.items()}


def copy_labels(source: OzoneSource, target: Target, did: Did, now_us: UtcMicros) -> Iterable[int]:
    """Copy labels in the order of their numbers, so that no subscriber must begin anew.

    A label without a signature, or under a key that is no longer known, is signed when it is read, as after a change
    of keys.
    """
    keys = copy_keys(source, target, now_us)
    for rows in source.pages("label", target.reached("label")):
        with target.db.write("import.label") as tx:
            target.add(tx, LABEL, [_label(row, keys) for row in rows])
            _hold(target, tx, [row for row in rows if row["src"] == did and not row["neg"]], now_us)
            raise_counter(target.db, tx, SEQ_COUNTER, rows[-1]["id"])
            target.mark(tx, "label", rows[-1]["id"])
        yield len(rows)


def _label(row: Row, keys: dict[int | None, int]) -> Columns:
    key = row.get("signingKeyId")
    signed = row.get("sig") is not None and key is not None and key in keys
    return {
        "seq": row["id"],
        "cause": f"ozone:{row['id']}",
        "src": row["src"],
        "uri": row["uri"],
        "cid": row["cid"] or None,
        "val": row["val"],
        "neg": bool(row["neg"]),
        "cts": row["cts"],
        "exp": row.get("exp"),
        "expires_us": micros(row.get("exp")),
        "sig": bytes(row["sig"]) if signed else b"",
        "signing_key_id": keys[key if signed else None],
        "superseded_by": None,
    }


def _hold(target: Target, tx: Connection, rows: Sequence[Row], now_us: UtcMicros) -> None:
    """Have the subjects carry the labels of ours that hold, so that they can be negated here."""
    current = [row for row in rows if (micros(row.get("exp")) or now_us + 1) > now_us]
    query = select(SUBJECT.c.id, SUBJECT.c.uri).where(SUBJECT.c.uri.in_({row["uri"] for row in current}))
    ids = {row.uri: row.id for row in tx.execute(query)}
    held = [
        {
            "subject_id": ids[row["uri"]],
            "val": row["val"],
            "cid": row["cid"] or "",
            "decision_id": 0,
            "expires_us": micros(row.get("exp")),
            "by_person": True,
        }
        for row in current
        if row["uri"] in ids
    ]
    target.add(tx, SUBJECT_LABEL, held)
