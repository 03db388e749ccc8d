"""Files of frames, JSON lines and repository exports are read in chunks, go on at a cursor and survive damage."""

import asyncio
import gzip
import json
import tracemalloc
from pathlib import Path

import pytest
import zstandard

from ingest_frames import POST, commit_frame, post
from shared_data import ROOT, present
from skywarden.atproto.identity.resolver import StaticResolver
from skywarden.ingest.contract import SourceChunk
from skywarden.ingest.decode.jetstream import MAX_MESSAGE_BYTES
from skywarden.ingest.sources.files import FileSource, open_file
from skywarden.ingest.verify import CommitVerifier, VerifyMode
from skywarden.kernel.clock import ManualClock
from skywarden.kernel.errors import Rejected

FIREHOSE = ROOT / "firehose"
CARS = ROOT / "repo_cars"
GOOD = commit_frame({POST: post()})


def opened(kind: str, path: Path, verifier: CommitVerifier | None = None) -> FileSource:
    return open_file(f"{kind}:{path}", verifier=verifier or CommitVerifier(VerifyMode.OFF), clock=ManualClock())


def read(source: FileSource, cursor: str | None = None) -> list[SourceChunk]:
    async def drain() -> list[SourceChunk]:
        return [chunk async for chunk in source.chunks(cursor)]

    return asyncio.run(drain())


def recording(path: Path, *frames: bytes) -> Path:
    path.write_bytes(b"".join(len(frame).to_bytes(4, "little") + frame for frame in frames))
    return path


def test_a_recording_goes_on_at_the_byte_of_its_cursor(tmp_path: Path) -> None:
    path = recording(tmp_path / "x.frames", GOOD, b"\xff", commit_frame({POST: post("second")}))
    (chunk,) = read(opened("frames", path))
    assert chunk.rows.column("text").to_pylist() == ["hello", "second"]
    assert [(entry.position, entry.data) for entry in chunk.quarantine] == [(str(4 + len(GOOD)), b"\xff")]
    assert chunk.cursor == str(path.stat().st_size)
    (rest,) = read(opened("frames", path), str(4 + len(GOOD)))
    assert rest.rows.column("text").to_pylist() == ["second"]
    assert read(opened("frames", path), chunk.cursor) == []


@pytest.mark.parametrize(
    "tail",
    [b"\x01\x02", (900).to_bytes(4, "little") + b"short", (2**32 - 1).to_bytes(4, "little") + b"x" * 100],
    ids=["half a length", "half a frame", "a length of 4 GB"],
)
def test_a_damaged_end_of_a_recording_is_quarantined(tmp_path: Path, tail: bytes) -> None:
    path = recording(tmp_path / "x.frames", GOOD)
    with path.open("ab") as file:
        file.write(tail)
    (chunk,) = read(opened("frames", path))
    assert chunk.rows.num_rows == 1
    assert [(entry.reason, entry.data) for entry in chunk.quarantine] == [("recording-length", tail)]


def test_a_long_recording_is_read_in_bounded_memory(tmp_path: Path) -> None:
    frame = commit_frame({POST: post()}, blocks=b"x" * 1_500_000)
    path = recording(tmp_path / "x.frames", *[frame] * 100)
    source = opened("frames", path)

    async def sizes() -> list[int]:
        return [len(chunk.quarantine) async for chunk in source.chunks(None)]

    tracemalloc.start()
    try:
        assert sum(asyncio.run(sizes())) == 100
        assert tracemalloc.get_traced_memory()[1] < 90_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("cursor", ["x", "-1", "999999999"])
def test_a_cursor_that_is_no_byte_of_the_file_is_refused(tmp_path: Path, cursor: str) -> None:
    with pytest.raises(Rejected, match="cursor-form"):
        read(opened("frames", recording(tmp_path / "x.frames", GOOD)), cursor)


@pytest.mark.parametrize("kind", ["frames", "jsonl", "car"])
def test_a_file_that_is_not_there_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(Rejected, match="No such file"):
        opened(kind, tmp_path / "absent")


def test_an_unknown_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="frames:PATH"):
        opened("parquet", tmp_path)


COMMIT = {"rev": "3mptbypluud2a", "operation": "create", "collection": "app.bsky.feed.post", "rkey": "3mptbyoeyc22k"}
LINES = b"".join(
    json.dumps(
        {"did": "did:plc:x", "time_us": number, "kind": "commit", "commit": {**COMMIT, "record": post()}}
    ).encode()
    + b"\n"
    for number in range(3)
)


def compressed(form: str, data: bytes) -> bytes:
    if form == "gzip":
        return gzip.compress(data)
    return zstandard.compress(data) if form == "zstd" else data


@pytest.mark.parametrize("form", ["plain", "gzip", "zstd"])
def test_json_lines_of_any_compression_go_on_at_the_line_of_their_cursor(tmp_path: Path, form: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(compressed(form, LINES + b"\n" + b"no json\n" + LINES.rstrip()))
    (chunk,) = read(opened("jsonl", path))
    assert chunk.rows.column("time_us").to_pylist() == [0, 1, 2, 0, 1, 2]
    assert [(entry.position, entry.data) for entry in chunk.quarantine] == [("line 5", b"no json")]
    assert chunk.cursor == "8"
    (rest,) = read(opened("jsonl", path), "6")
    assert rest.rows.column("time_us").to_pylist() == [1, 2]


@pytest.mark.parametrize("form", ["plain", "gzip", "zstd"])
def test_a_line_without_end_is_quarantined_in_bounded_memory(tmp_path: Path, form: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(compressed(form, b'{"' + b"x" * (20 * MAX_MESSAGE_BYTES) + b"\n" + LINES))
    tracemalloc.start()
    try:
        (chunk,) = read(opened("jsonl", path))
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_MESSAGE_BYTES
    finally:
        tracemalloc.stop()
    assert chunk.rows.num_rows == 3
    assert [entry.reason for entry in chunk.quarantine] == ["message-too-large"]


@pytest.mark.parametrize("form", ["gzip", "zstd"])
def test_compression_that_breaks_off_is_refused_loudly(tmp_path: Path, form: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(compressed(form, LINES * 1_000)[:-12])
    with pytest.raises(Rejected, match="file-damaged"):
        read(opened("jsonl", path))


def test_the_reference_export_gives_its_listing() -> None:
    expected = present(CARS / "jetstream_repo.expected_records.tsv").read_text().splitlines()
    (chunk,) = read(opened("car", CARS / "jetstream_repo.car"))
    rows = chunk.rows.select(["collection", "rkey", "cid"]).to_pylist()
    assert [f"{row['collection']}/{row['rkey']}\t{row['cid']}" for row in rows] == expected
    assert chunk.cursor == expected[-1].partition("\t")[0]
    (rest,) = read(opened("car", CARS / "jetstream_repo.car"), expected[5].partition("\t")[0])
    assert rest.rows.num_rows == len(expected) - 6


@pytest.mark.parametrize(
    ("name", "records"), [("calabro.car", 4_347), ("repostream_tiny.car", 8), ("rsky_valid_repo.car", 6)]
)
def test_current_exports_are_read_whole(name: str, records: int) -> None:
    chunks = read(opened("car", present(CARS / name)))
    assert sum(chunk.rows.num_rows for chunk in chunks) == records
    assert not any(chunk.quarantine for chunk in chunks)


def test_an_empty_export_gives_nothing() -> None:
    assert read(opened("car", present(CARS / "repostream_empty.car"))) == []


def test_what_an_incomplete_export_leaves_out_is_told() -> None:
    (chunk,) = read(opened("car", present(CARS / "skyfall_attie.car")))
    assert chunk.rows.column("rkey").to_pylist() == ["3mt37ifa2ev2f"]
    assert [entry.reason for entry in chunk.quarantine] == ["mst-block-missing"]


def test_an_export_of_the_old_version_is_refused() -> None:
    with pytest.raises(Rejected, match="commit-version"):
        read(opened("car", present(CARS / "indigo_divy.repo")))


def test_an_export_whose_account_is_unknown_is_refused_in_full_mode() -> None:
    verifier = CommitVerifier(VerifyMode.FULL, StaticResolver({}))
    with pytest.raises(Rejected, match="did-not-found"):
        read(opened("car", present(CARS / "jetstream_repo.car"), verifier))
