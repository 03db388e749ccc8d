"""A recording is complete beside its truth, the same for the same seed, and readable by others' software."""

import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from simulated import SMALL
from skywarden.atproto.commit import check_commit
from skywarden.atproto.frames import CommitMessage, parse_frame
from skywarden.atproto.keys import PublicKey
from skywarden.cli.main import app
from skywarden.simulator.emitter import TruthLine
from skywarden.simulator.recording import record

CONFIG = replace(SMALL, people=120, backlog_events=400)


def frames_in(path: Path) -> list[bytes]:
    data, frames, at = path.read_bytes(), [], 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "little")
        frames.append(data[at + 4 : end])
        at = end
    return frames


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("recording") / "small.frames"
    made = record(CONFIG, out, 700)
    assert made.frames == 700
    assert all(path.exists() for path in made.files)
    return out


def test_every_commit_verifies_with_the_documents_beside_it(recorded: Path) -> None:
    documents = msgspec.json.decode(recorded.with_suffix(".did_docs.json").read_bytes())
    messages = [parse_frame(frame) for frame in frames_in(recorded)]

    assert len(messages) == 700
    for message in messages:
        if isinstance(message, CommitMessage):
            (method,) = documents[message.repo]["verificationMethod"]
            check_commit(message, PublicKey.from_multibase(method["publicKeyMultibase"]))


def test_the_truth_speaks_of_recorded_frames_only(recorded: Path) -> None:
    lines = recorded.with_suffix(".truth.jsonl").read_bytes().splitlines()

    assert lines
    assert all(0 < msgspec.json.decode(line, type=TruthLine).seq <= 700 for line in lines)


def test_the_same_seed_records_the_same_files(recorded: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.frames"
    record(CONFIG, again, 700)

    for suffix in (".frames", ".truth.jsonl", ".accounts.jsonl", ".did_docs.json"):
        assert again.with_suffix(suffix).read_bytes() == recorded.with_suffix(suffix).read_bytes()


def test_the_command_writes_a_recording(tmp_path: Path) -> None:
    out = tmp_path / "command.frames"
    arguments = ["simulate", "--out", str(out), "--events", "120", "--people", "100", "--backlog-events", "200"]

    result = CliRunner().invoke(app, arguments)

    assert result.exit_code == 0, result.output
    assert "120 frames" in result.output
    assert len(frames_in(out)) == 120


def test_the_official_sdk_reads_every_frame_and_its_records(recorded: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDK's own, at import
        from atproto import CAR, firehose_models, models, parse_subscribe_repos_message

    kinds: Counter[str] = Counter()
    records: Counter[str] = Counter()
    for frame in frames_in(recorded):
        message = parse_subscribe_repos_message(firehose_models.Frame.from_bytes(frame))
        kinds[type(message).__name__] += 1
        if isinstance(message, models.ComAtprotoSyncSubscribeRepos.Commit):
            blocks = CAR.from_bytes(message.blocks).blocks
            for op in message.ops:
                if op.cid is not None:
                    records[type(models.get_or_create(blocks[op.cid], strict=False)).__name__] += 1
    assert kinds["Commit"] > 500
    assert kinds.total() == 700
    assert records.keys() == {"Record"}, "the SDK falls back to another type where a record breaks its lexicon"
