"""Turn rows of the event into what people are shown of it, and its kind into the word that rules use."""

from collections.abc import Mapping

import pyarrow as pa

from skywarden.app.investigate.run import Matches
from skywarden.engine.values import values_of
from skywarden.model.event import Action, Kind
from skywarden.model.hit import Value
from skywarden.model.investigation import FoundEvent
from skywarden.rules.catalog import EVENT_KINDS

SHOWN = frozenset({"text", "author_handle", "subject_uri", "subject_did", "display_name", "description", "handle"})
"""Columns that are shown of an event beside those that every query reads."""

_ACTIONS = {Action.CREATE: "created", Action.UPDATE: "updated", Action.DELETE: "deleted"}
_OTHERS: Mapping[Kind, str] = {
    kind.kind: kind.path for kind in EVENT_KINDS.values() if kind.kind is not Kind.COMMIT and not kind.changed
}
_GROUPS: Mapping[str | None, str] = {
    kind.collection: kind.group for kind in EVENT_KINDS.values() if kind.collection and kind.path.endswith(".deleted")
}


def what_of(kind: int, action: int | None, collection: str | None) -> str:
    """`post.created` and its like; a record of an unknown lexicon has the name of its collection with it."""
    if kind != Kind.COMMIT:
        return _OTHERS.get(Kind(kind), Kind(kind).name.lower())
    word = _ACTIONS[Action(action)] if action is not None else "written"
    group = _GROUPS.get(collection)
    return f"{group}.{word}" if group else f'record.{word}("{collection}")'


def found_events(matches: Matches, last: int | None = None) -> list[FoundEvent]:
    """The last events of a chunk (None: all), in the order of the log."""
    start = 0 if last is None else max(0, len(matches) - last)
    values = {name: values_of(column, len(matches), kind)[start:] for name, (column, kind) in matches.values.items()}
    names = ("did", "kind", "action", "collection", "rkey", *sorted(SHOWN))
    columns = {name: _tail(matches.column(name), start) for name in names}
    offsets, times_us = matches.offsets[start:].tolist(), matches.times_us[start:].tolist()
    return [
        _event(
            offset,
            time_us,
            {name: column[at] for name, column in columns.items()},
            {n: v[at] for n, v in values.items()},
        )
        for at, (offset, time_us) in enumerate(zip(offsets, times_us, strict=True))
    ]


def _tail(array: pa.Array, start: int) -> list[str | int | None]:
    found: list[str | int | None] = array.slice(start).to_pylist()
    return found


def _event(offset: int, time_us: int, row: Mapping[str, str | int | None], values: Mapping[str, Value]) -> FoundEvent:
    did, collection, rkey = str(row["did"]), row["collection"], row["rkey"]
    action = row["action"]
    words = [row[name] for name in ("text", "display_name", "description", "handle")]
    return FoundEvent(
        offset=offset,
        time_us=time_us,
        did=did,
        handle=str(row["author_handle"] or ""),
        what=what_of(
            int(row["kind"] or 0), None if action is None else int(action), str(collection) if collection else None
        ),
        uri=f"at://{did}/{collection}/{rkey}" if collection and rkey else did,
        text=" | ".join(str(word) for word in words if word),
        subject=str(row["subject_uri"] or row["subject_did"] or ""),
        values=values,
    )
