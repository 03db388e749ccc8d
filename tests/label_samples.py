"""Make labels asked for and label services for tests."""

from skywarden.atproto.keys import PrivateKey
from skywarden.kernel.clock import Clock, ManualClock
from skywarden.kernel.ids import Did
from skywarden.labels import LabelService
from skywarden.observe.metrics import Metrics
from skywarden.storage import Database
from skywarden.storage.tables import LABEL_REQUEST

LABELER = Did("did:plc:labeler")
KEY = PrivateKey.from_hex("11" * 32)
START_US = 1_700_000_000_000_000


def make_labels(
    database: Database, clock: Clock | None = None, *, key: PrivateKey = KEY, metrics: Metrics | None = None
) -> LabelService:
    return LabelService(database, key, LABELER, clock=clock or ManualClock(), metrics=metrics or Metrics())


def ask(
    database: Database,
    uri: str,
    val: str = "spam",
    *,
    cid: str | None = None,
    neg: bool = False,
    cause: str | None = None,
    created_us: int = START_US,
    expires_us: int | None = None,
) -> None:
    """Put one label request where moderation puts it."""
    row = {
        "cause": cause or f"{uri}|{val}|{neg}",
        "uri": uri,
        "cid": cid,
        "val": val,
        "neg": neg,
        "created_us": created_us,
        "expires_us": expires_us,
    }
    with database.write("test") as tx:
        tx.execute(database.insert_or_ignore(LABEL_REQUEST), row)


def ask_many(database: Database, count: int, *, first: int = 0) -> None:
    """Put `count` requests, each on an account of its own."""
    rows = [
        {
            "cause": f"c{number}",
            "uri": f"did:plc:account{number}",
            "val": "spam",
            "neg": False,
            "created_us": START_US + number * 1_000,
        }
        for number in range(first, first + count)
    ]
    with database.write("test") as tx:
        tx.execute(database.insert_or_ignore(LABEL_REQUEST), rows)
