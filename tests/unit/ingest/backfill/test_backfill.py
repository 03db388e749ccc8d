"""Repositories of a host become rows of a log of their own, each record once, and what fails is known by its reason."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from servers.foreign_service import Reply
from servers.repo_host import RepoHost, repo_host
from simulated import LIVE_US, key_of, live_to
from skywarden.atproto.identity.document import DidDocument
from skywarden.atproto.identity.fetcher import FetchLimits, GuardedFetcher
from skywarden.atproto.identity.resolver import StaticResolver
from skywarden.ingest.backfill import export as export_file
from skywarden.ingest.backfill.export import Export, Strictness, read_export
from skywarden.ingest.backfill.fetch import FetchConfig, RepoFetcher
from skywarden.ingest.backfill.listing import list_repos
from skywarden.ingest.backfill.run import Backfill, BackfillCounts, BackfillPlan
from skywarden.ingest.backfill.state import BackfillState, Held
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Offset
from skywarden.log import MemoryLog
from skywarden.model.event import SCHEMA


@dataclass
class Desk:
    """A host, a log, and runs from the one into the other."""

    host: RepoHost
    folder: Path
    log: MemoryLog = field(default_factory=MemoryLog)
    clock: ManualClock = field(default_factory=lambda: ManualClock(LIVE_US))
    strictness: Strictness = Strictness.STRUCTURE
    max_bytes: int = 10_000_000
    keys: dict[str, str] = field(default_factory=dict)

    async def run(self, **plan: Any) -> BackfillCounts:
        async def wait(seconds: float) -> None:
            self.clock.advance(seconds)

        state = BackfillState(self.log, self.clock)
        async with GuardedFetcher(
            allow_loopback=True, limits=FetchLimits(max_bytes=self.max_bytes, per_host=0)
        ) as fetcher:
            config = FetchConfig(self.host.service.url, self.strictness, per_s=0)
            repos = RepoFetcher(fetcher, StaticResolver(self.documents()), config, self.clock, wait, self.folder)
            made = BackfillPlan("host", **plan)
            start = None if made.renew or made.retry else state.listing("host")
            pages = list_repos(self.host.service.url, repos.polite, start)
            return await Backfill(repos, state, made, self.clock, lambda counts: None).run(pages)

    def documents(self) -> dict[Did, DidDocument]:
        def document(did: Did) -> DidDocument:
            key = self.keys.get(did, key_of(self.host.network, did).did_key).removeprefix("did:key:")
            method = {"id": f"{did}#atproto", "type": "Multikey", "controller": did, "publicKeyMultibase": key}
            return DidDocument.from_json(did, msgspec.json.encode({"id": did, "verificationMethod": [method]}))

        return {did: document(did) for did in self.host.dids}

    def rows(self) -> list[dict[str, Any]]:
        return [row for found in self.log.read(Offset(0)) for row in found.rows.to_pylist()]

    def paths(self) -> list[tuple[str, str]]:
        return [(row["did"], f"{row['collection']}/{row['rkey']}") for row in self.rows()]

    def failures(self) -> dict[str, str]:
        return {failure.did: failure.reason for failure in BackfillState(self.log, self.clock).failures()}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with repo_host() as host:
        yield Desk(host, tmp_path)


async def test_every_record_of_every_repository_is_stored_once(desk: Desk) -> None:
    counts = await desk.run()
    assert sorted(desk.paths()) == sorted(desk.host.paths())
    assert (counts.done, counts.records, counts.failed.total()) == (len(desk.host.dids), len(desk.paths()), 0)
    rows = desk.rows()
    assert {row["source"] for row in rows} == {f"backfill:127.0.0.1:{desk.host.service.port}"}
    assert {row["time_us"] for row in rows} == {LIVE_US}
    assert any(row["created_at_us"] < LIVE_US for row in rows if row["collection"] == "app.bsky.feed.post")
    assert all(found.rows.schema.equals(SCHEMA) for found in desk.log.read(Offset(0)))


async def test_rows_of_one_repository_stand_together_in_the_order_of_their_paths(desk: Desk) -> None:
    await desk.run()
    paths = desk.paths()
    dids = list(dict.fromkeys(did for did, _ in paths))
    assert paths == sorted(paths, key=lambda path: (dids.index(path[0]), path[1].encode()))


async def test_a_run_that_was_limited_is_continued_by_the_next(desk: Desk) -> None:
    first = await desk.run(limit=13)
    second = await desk.run()
    assert (first.done, second.done) == (13, len(desk.host.dids) - 13)
    assert sorted(desk.host.asked()) == sorted(desk.host.dids)
    assert desk.host.asked("com.atproto.sync.listRepos").count("") == 1  # the first page is done with
    assert sorted(desk.paths()) == sorted(desk.host.paths())


async def test_reasons_of_failures_are_kept_and_they_are_asked_again_on_demand(desk: Desk) -> None:
    names = ["RepoTakendown", "RepoDeactivated", "RepoSuspended", "RepoNotFound", "Whatever"]
    bad = dict(zip(desk.host.dids, names, strict=False))
    desk.host.replies = {did: Reply(400, {"error": name}) for did, name in bad.items()}
    counts = await desk.run()
    assert counts.failed.total() == 5
    assert list(desk.failures().values()) == [
        *("repo-taken-down", "repo-deactivated", "repo-suspended", "repo-not-found", "repo-unreachable")
    ]
    desk.host.replies = {}
    assert (await desk.run()).done == 0
    assert (await desk.run(retry=True)).done == 5
    assert (desk.failures(), sorted(desk.paths())) == ({}, sorted(desk.host.paths()))


async def test_a_busy_host_is_asked_again_after_the_time_it_says(desk: Desk) -> None:
    did = desk.host.dids[0]
    desk.host.replies = {did: Reply(429, {}, {"retry-after": "30"})}
    began_s = desk.clock.monotonic_s()
    await desk.run()
    assert desk.failures() == {did: "repo-unreachable"}
    assert desk.host.asked().count(did) == 5
    assert desk.clock.monotonic_s() - began_s >= 4 * 30


async def test_exports_that_are_too_large_or_damaged_are_refused_as_a_whole(desk: Desk) -> None:
    sizes = {did: len(desk.host.car(did)) for did in desk.host.dids}
    largest = max(sizes, key=lambda did: sizes[did])
    desk.max_bytes = sizes[largest] - 1
    other, cut = [did for did in desk.host.dids if did != largest][:2]
    desk.host.replies = {other: Reply(body=desk.host.car(largest)[:-1]), cut: Reply(body=desk.host.car(cut)[:-9])}
    await desk.run()
    assert desk.failures() == {largest: "repo-too-large", other: "repo-invalid", cut: "repo-invalid"}
    assert {did for did, _ in desk.paths()} == {*desk.host.dids} - {largest, other, cut}


async def test_a_block_that_is_not_what_its_cid_names_is_found(desk: Desk) -> None:
    did = desk.host.dids[0]
    account = desk.host.network.parts.register.by_did(did)
    assert account is not None
    repository = desk.host.network.parts.repositories.open(account)
    car = desk.host.car(did)
    node = repository.tree_blocks()[0][1]
    record = next(block for _, block in desk.host.network.parts.store.record_blocks(account.index))
    desk.host.replies = {did: Reply(body=car.replace(node, node[:-1] + bytes([node[-1] ^ 1])))}
    await desk.run()
    assert desk.failures() == {did: "repo-invalid"}
    desk.host.replies = {did: Reply(body=car.replace(record, record[:-1] + bytes([record[-1] ^ 1])))}
    await desk.run(retry=True)
    [entry] = desk.log.quarantined()
    assert (entry.entry.reason, entry.entry.position.startswith(f"{did}/")) == ("car-block-hash", True)
    assert len(desk.paths()) == len(desk.host.paths()) - 1


async def test_full_checks_the_signature(desk: Desk) -> None:
    desk.strictness = Strictness.FULL
    forged, other = desk.host.dids[:2]
    desk.keys = {forged: key_of(desk.host.network, other).did_key}
    await desk.run()
    assert desk.failures() == {forged: "repo-invalid"}


async def test_what_is_newer_is_asked_for_and_nothing_else_is_stored(desk: Desk) -> None:
    await desk.run()
    before = set(desk.paths())
    live_to(desk.host.network, 120)
    await desk.run(renew=True)
    added = desk.paths()[len(before) :]
    assert added
    new = {path for path in desk.host.paths() - before if path[0] in desk.host.dids}
    assert {path for path in added if not path[1].endswith("/self")} <= new


async def test_an_answer_that_is_no_list_ends_the_run(desk: Desk) -> None:
    desk.host.service.answer = lambda call: Reply(200, {"repos": "none"})
    with pytest.raises(Rejected, match="list-form"):
        await desk.run()


async def test_an_interrupted_repository_goes_on_behind_its_last_record(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_file, "CHUNK_ROWS", 2)
    did, path = desk.host.dids[3], tmp_path / "one.car"
    path.write_bytes(desk.host.car(did))

    def read(held: Held | None) -> list[tuple[int, Held]]:
        export = Export(path, did, "backfill:x", Strictness.STRUCTURE, held=held)
        return [(chunk.rows.num_rows, upto) for chunk, upto in read_export(export, desk.clock)]

    whole = read(None)
    assert len(whole) > 2
    assert (whole[-1][1].path, {upto.rev for _, upto in whole}) == (None, {whole[0][1].rev})
    assert read(whole[0][1]) == whole[1:]
    assert read(whole[-2][1]) == whole[-1:]
