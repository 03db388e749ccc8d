"""The whole chain in one place, by a clock of the test's own: rows to the log, rules, decisions, labels, and back."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest_rows import START_US, batch, post
from label_samples import LABELER, make_labels
from skywarden.app.decisions import DecisionStep
from skywarden.app.feeds import DecisionFeed, RecheckFeed
from skywarden.engine import Engine
from skywarden.engine.consumer import EngineConsumer
from skywarden.ingest.accounts.table import AccountTable
from skywarden.ingest.contract import Feed, FeedChunk, SourceChunk
from skywarden.ingest.pipeline import IngestPipeline
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Offset, UtcMicros
from skywarden.labels import LabelQuery
from skywarden.log.sqlite import SqliteLog
from skywarden.model.event import Kind
from skywarden.moderation.history import History
from skywarden.moderation.marks import MarkFeed
from skywarden.moderation.rechecks import RecheckSchedule
from skywarden.moderation.service import ModerationService
from skywarden.observe.metrics import Metrics
from skywarden.rules import RuleFile, compile_rules
from skywarden.storage import Database

HOOKS = frozenset({"team"})


class Once:
    """A source that gives one chunk, if any, and then stays open."""

    name = "relay"

    def __init__(self, *chunks: SourceChunk) -> None:
        self._chunks = chunks

    async def chunks(self, cursor: str | None) -> AsyncIterator[SourceChunk]:
        for chunk in self._chunks:
            yield chunk
        await asyncio.Event().wait()


@dataclass(slots=True)
class Watched:
    """A feed that tells whether it had nothing when last asked."""

    feed: Feed
    idle: bool = False

    @property
    def name(self) -> str:
        return self.feed.name

    def after(self, cursor: str | None) -> FeedChunk | None:
        chunk = self.feed.after(cursor)
        self.idle = chunk is None
        return chunk


@dataclass(slots=True)
class Chain:
    """Every real part over a folder and a database; a new chain over the same ones is a restart."""

    folder: Path
    database: Database
    rules: str
    clock: ManualClock = field(default_factory=lambda: ManualClock(at_us=UtcMicros(START_US)))
    log: SqliteLog = field(init=False)
    accounts: AccountTable = field(init=False)
    service: ModerationService = field(init=False)
    decide: DecisionStep = field(init=False)
    consumer: EngineConsumer = field(init=False)
    posts: int = 0

    def __post_init__(self) -> None:
        metrics = Metrics()
        self.log = SqliteLog(self.folder / "log.db")
        self.posts = self.log.end_offset()
        self.accounts = AccountTable(self.folder / "accounts.db")
        self.accounts.catch_up(self.log)
        self.service = ModerationService(self.database, LABELER, clock=self.clock, metrics=metrics, hooks=HOOKS)
        labels = make_labels(self.database, self.clock)
        self.decide = DecisionStep(self.service, labels, MarkFeed(self.database, self.clock), self.accounts)
        text = f'"""Rules."""\nfrom skywarden.lang import *\n\n{self.rules}'
        engine = Engine(compile_rules([RuleFile("rules.py", text)]))
        self.consumer = EngineConsumer(self.log, engine, self.service.outbox, self.folder / "engine", metrics)

    def close(self) -> None:
        self.accounts.close()
        self.log.close()

    def post(self, did: str, text: str = "hello", **columns: object) -> str:
        """A post, now, all the way through; its at-uri."""
        self.posts += 1
        at_s = (self.clock.now_us() - START_US) / 1e6
        row = post(did, f"p{self.posts}", at_s, cid=f"bafy{self.posts}", text=text, **columns)
        self.take_in(row)
        self.settle()
        return f"at://{did}/app.bsky.feed.post/p{self.posts}"

    def wait(self, seconds: float) -> None:
        """Time passes, and what fell due is done."""
        self.clock.advance(seconds)
        self.settle()

    def settle(self) -> None:
        """Run every stage, and the job that ends terms, until none has anything to do."""
        busy = 1
        while busy:
            busy = self.consumer.step() + self.service.take_back_expired() + self.decide() + self.take_in()

    def take_in(self, *rows: Mapping[str, object]) -> int:
        """Append rows of the source and whatever the feeds have; return how many rows came."""
        before = self.log.end_offset()
        given = (SourceChunk(batch(*(dict(row) for row in rows)), str(self.posts)),) if rows else ()
        asyncio.run(self._ingest(Once(*given), before + len(rows)))
        return self.log.end_offset() - before

    async def _ingest(self, source: Once, at_least: int) -> None:
        stop = asyncio.Event()
        feeds = (
            Watched(DecisionFeed(History(self.database))),
            Watched(RecheckFeed(RecheckSchedule(self.database), self.log, self.clock)),
        )

        async def wait(_seconds: float) -> None:
            if all(feed.idle for feed in feeds) and self.log.end_offset() >= at_least:
                stop.set()
            await asyncio.sleep(0)

        pipeline = IngestPipeline(source, self.accounts, self.log, Metrics(), self.clock, feeds=feeds, wait=wait)
        await pipeline.run(stop)

    def rows(self, kind: Kind) -> list[dict[str, Any]]:
        """Rows of one kind in the log, in order."""
        found = [row for stored in self.log.read(Offset(0)) for row in stored.rows.to_pylist()]
        return [row for row in found if row["kind"] == kind]

    def labels(self, uri: str) -> list[tuple[str, str | None]]:
        """Value and end of the labels that hold, as queryLabels answers."""
        page = self.decide.labels.query(LabelQuery(patterns=(uri,)))
        return [(numbered.label.val, numbered.label.exp) for numbered in page.labels]
