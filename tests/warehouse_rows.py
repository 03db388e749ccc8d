"""Make a warehouse of a few events, in small segments over two days."""

from pathlib import Path

from event_rows import Row, batch, post
from skywarden.kernel.clock import ManualClock
from skywarden.log import MemoryLog
from skywarden.model.event import Action, Kind
from skywarden.warehouse.compact_log import compact_log
from skywarden.warehouse.merge import merge_once
from skywarden.warehouse.store import Store


def event(number: int) -> Row:
    """Events of several parts: posts, likes, deletions, identities; 1,000 s apart, so a day has 86 of them."""
    row = post(number * 1_000, did=f"did:plc:{number % 7}", author_followers=number)
    match number % 5:
        case 1:
            row |= {"collection": "app.bsky.feed.like", "text": None, "subject_did": f"did:plc:{number % 3}"}
        case 2:
            row |= {"action": int(Action.DELETE), "text": None, "cid": None}
        case 3:
            blank = dict.fromkeys(("action", "collection", "rkey", "cid", "text"))
            row |= blank | {"kind": int(Kind.IDENTITY), "handle": f"person{number}.example"}
        case _:
            row |= {"text": f"text {number}", "langs": ["en"], "domains": ["a.example"] if number % 2 else None}
    return row


def filled_log(count: int, each: int = 17) -> MemoryLog:
    """A log of such events."""
    log = MemoryLog()
    for start in range(0, count, each):
        log.append(batch([event(number) for number in range(start, min(start + each, count))]).rows, {})
    return log


def compacted(folder: Path, log: MemoryLog, each: int = 23, clock: ManualClock | None = None) -> Store:
    """A warehouse of a log, taken over in steps of `each` rows."""
    store = Store(folder, clock or ManualClock())
    while compact_log(store, log, each):
        pass
    return store


def keep(store: Store) -> None:
    """Take 60 events over in small steps, merging and collecting in between."""
    log = filled_log(60)
    while compact_log(store, log, 12) or merge_once(store):
        store.collect()
    store.collect()
