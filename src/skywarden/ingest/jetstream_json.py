"""Turn rows into the JSON lines that a Jetstream v1 server sends."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pyarrow as pa

from skywarden.model.event import Action, Kind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = (
    "seq",
    "time_us",
    "did",
    "kind",
    "action",
    "collection",
    "rkey",
    "cid",
    "rev",
    "handle",
    "account_active",
    "account_status",
    "record",
)
_encode = msgspec.json.Encoder().encode

_Row = dict[str, Any]  # the edge: one row as Arrow gives it


def jetstream_lines(rows: pa.RecordBatch) -> Iterator[bytes]:
    """Write one JSON object a row, without a line end; sync events are left out, as version 1 does."""
    for row in rows.select(_COLUMNS).to_pylist():
        kind = Kind(row["kind"])
        if kind is Kind.COMMIT:
            yield _line(row, "commit", _commit(row))
        elif kind is Kind.IDENTITY:
            yield _line(row, "identity", _identity(row))
        elif kind is Kind.ACCOUNT:
            yield _line(row, "account", _account(row))


def _line(row: _Row, kind: str, detail: dict[str, object]) -> bytes:
    return _encode({"did": row["did"], "time_us": row["time_us"], "kind": kind, kind: detail})


def _commit(row: _Row) -> dict[str, object]:
    action = Action(row["action"])
    detail: dict[str, object] = {
        "rev": row["rev"],
        "operation": action.name.lower(),
        "collection": row["collection"],
        "rkey": row["rkey"],
    }
    if action is not Action.DELETE:
        detail["record"] = msgspec.Raw(row["record"].encode())
        detail["cid"] = row["cid"]
    return detail


def _identity(row: _Row) -> dict[str, object]:
    handle = {} if row["handle"] is None else {"handle": row["handle"]}
    return {"did": row["did"], **handle, "seq": row["seq"], "time": _time(row["time_us"])}


def _account(row: _Row) -> dict[str, object]:
    status = {} if row["account_status"] is None else {"status": row["account_status"]}
    return {
        "active": row["account_active"],
        "did": row["did"],
        "seq": row["seq"],
        **status,
        "time": _time(row["time_us"]),
    }


def _time(time_us: int) -> str:
    """Milliseconds where that says all, as servers write it, else microseconds."""
    moment = _EPOCH + timedelta(microseconds=time_us)
    precision = "milliseconds" if time_us % 1_000 == 0 else "microseconds"
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")
