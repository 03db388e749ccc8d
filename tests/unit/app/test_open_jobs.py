"""Which jobs there are, what each lacks, and that those which follow other services reach them."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from label_samples import LABELER
from servers.http_pages import Page, http_pages
from servers.scripted_stream import Connection, scripted_stream
from skywarden.app.backend import Backend, open_backend
from skywarden.app.jobs import verifications
from skywarden.app.jobs.open_jobs import open_jobs
from skywarden.app.surroundings import configured_surroundings
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.ids import Did
from skywarden.log import SqliteLog
from skywarden.model.team import Role
from skywarden.moderation.desk.verifications import VerificationQuery
from skywarden.moderation.jobs import Turn
from skywarden.settings import load_settings
from skywarden.warehouse.jobs.catalog import JOBS

ISSUER, ALICE = Did("did:plc:issuer"), Did("did:plc:alice")
NOW_US = ManualClock().now_us()


@contextmanager
def backend_of(tmp_path: Path, **settings: object) -> Iterator[Backend]:
    given = {name.replace("__", "."): value for name, value in settings.items()}
    backend = open_backend(
        load_settings(None, {}, {"data": str(tmp_path), "labeler.did": LABELER, **given}), "http://localhost"
    )
    try:
        yield backend
    finally:
        backend.close()


async def idle_of(backend: Backend, log: SqliteLog | None = None) -> dict[str, str]:
    jobs = open_jobs(backend, configured_surroundings(backend.settings), log)
    await jobs.aclose()
    return {job.name: job.idle for job in jobs.jobs if job.idle}


async def test_a_job_that_lacks_a_setting_is_idle_and_names_it(tmp_path: Path) -> None:
    with backend_of(tmp_path) as backend:
        assert await idle_of(backend) == {
            "push-pds": "network.pds_url is not set",
            "push-appview": "network.appview_push is off",
            "push-divert": "divert.url is not set",
            "verifications": "verifier.issuers and verifier.did are not set",
            "warehouse": "this process has no event log",
            "warehouse-scaled": "this process has no event log",
            "forget": "this process has no event log",
            **dict.fromkeys((*(job.name for job in JOBS), "data-quality"), "this process has no warehouse"),
        }


async def test_a_service_without_a_did_cannot_be_called(tmp_path: Path) -> None:
    with backend_of(
        tmp_path,
        network__pds_url="https://pds.example",
        network__appview_url="https://appview.example",
        network__appview_push=True,
        verifier__issuers=(ISSUER,),
    ) as backend:
        idle = await idle_of(backend)
    assert idle["push-pds"] == "network.pds_did is not set"
    assert idle["push-appview"] == "network.appview_did is not set"
    assert idle["verifications"] == "verifier.jetstream_url is not set"


async def test_with_everything_set_no_job_is_idle(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log")
    with backend_of(
        tmp_path,
        network__pds_url="https://pds.example",
        network__pds_admin_password="open sesame",
        network__appview_url="https://appview.example",
        network__appview_did="did:web:appview.example",
        network__appview_push=True,
        divert__url="https://divert.example",
        verifier__did=ISSUER,
        warehouse__url="clickhouse://clickhouse.example/history",
    ) as backend:
        assert await idle_of(backend, log) == {}
    log.close()


async def test_verifications_are_heard_from_the_configured_jetstream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifications, "LISTEN_S", 2.0)
    commit = {
        "rev": "3lxrev2222222",
        "operation": "create",
        "collection": "app.bsky.graph.verification",
        "rkey": "3lxrkey222222",
        "cid": "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a",
        "record": {
            "$type": "app.bsky.graph.verification",
            "subject": ALICE,
            "handle": "alice.example",
            "displayName": "Alice",
            "createdAt": "2026-01-02T03:04:05Z",
        },
    }
    message = json.dumps({"did": ISSUER, "time_us": 1_700_000_000_000_000, "kind": "commit", "commit": commit})
    async with scripted_stream(Connection([message], stay=True)) as stream:
        url = stream.url.replace("ws", "http", 1) + "/subscribe"
        with backend_of(tmp_path, verifier__issuers=(ISSUER,), verifier__jetstream_url=url) as backend:
            jobs = open_jobs(backend, configured_surroundings(backend.settings))
            ran = await jobs.job("verifications").step(Turn(NOW_US))
            await jobs.aclose()
            (found,) = backend.desk.verifications.list(VerificationQuery()).rows
    assert (ran.done, ran.cursor_json) == (1, '"1700000000000000"')
    assert (found.record.verified.subject, found.record.verified.handle) == (ALICE, "alice.example")
    assert stream.asked[0]["wantedDids"] == [ISSUER]
    assert stream.asked[0]["wantedCollections"] == ["app.bsky.graph.verification"]


async def test_the_names_of_the_team_are_those_of_its_did_documents_where_nothing_else_is_known(
    tmp_path: Path,
) -> None:
    member = Did(f"did:plc:{'a' * 24}")
    document = {"id": member, "alsoKnownAs": ["at://alice.example"]}
    async with http_pages({f"/{member}": Page(body=json.dumps(document).encode())}) as plc:
        with backend_of(tmp_path, network__plc_url=plc.origin, network__allow_loopback=True) as backend:
            backend.desk.team.add(member, Role.TRIAGE, ISSUER)
            jobs = open_jobs(backend, configured_surroundings(backend.settings))
            await jobs.job("team-profiles").step(Turn(NOW_US))
            await jobs.aclose()
            assert [member.handle for member in backend.desk.team.members()] == ["alice.example"]


async def test_the_page_on_jobs_names_every_job(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "jobs.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    with backend_of(tmp_path) as backend:
        jobs = open_jobs(backend, configured_surroundings(backend.settings))
        await jobs.aclose()
    assert [name for row in rows for name in re.findall("`([a-z-]+)`", row)] == [job.name for job in jobs.jobs]
