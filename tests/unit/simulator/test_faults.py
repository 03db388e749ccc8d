"""Each fault that was asked for really happens, is counted, and is what a strict consumer refuses."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from simulated import SMALL, Run, assert_chained, key_of
from skywarden.atproto.car import read_car
from skywarden.atproto.commit import check_commit
from skywarden.atproto.frames import CommitMessage, parse_frame
from skywarden.kernel.errors import Rejected
from skywarden.simulator.config import FaultKind, parse_faults
from skywarden.simulator.faults import DISCONNECT, Disconnect, FaultPlan, FaultyWire
from skywarden.simulator.recording import record
from skywarden.simulator.sqlite import StoredFrame


def carried(
    frames: list[StoredFrame], kind: FaultKind, rate: float = 0.01
) -> tuple[list[bytes | Disconnect], FaultPlan]:
    """What a line with one sort of fault carries."""
    plan = FaultPlan(7, {kind: rate})
    wire = FaultyWire(plan)
    return [*wire.carry(frames), *wire.finish()], plan


def fired(plan: FaultPlan, kind: FaultKind) -> list[int]:
    seqs = plan.report()[kind]["seqs"]
    assert isinstance(seqs, list)
    return seqs


def test_without_faults_the_wire_carries_what_is_stored(run: Run) -> None:
    wire = FaultyWire(FaultPlan(7, {}))

    assert list(wire.carry(run.frames)) == [stored.frame for stored in run.frames]


def test_a_gap_leaves_out_exactly_the_frames_it_reports(run: Run) -> None:
    items, plan = carried(run.frames, FaultKind.GAPS)
    lost = set(fired(plan, FaultKind.GAPS))

    assert lost
    assert items == [stored.frame for stored in run.frames if stored.seq not in lost]


def test_a_duplicate_is_sent_twice_in_a_row(run: Run) -> None:
    items, plan = carried(run.frames, FaultKind.DUPLICATES)
    twice = set(fired(plan, FaultKind.DUPLICATES))

    assert twice
    assert items == [frame for stored in run.frames for frame in [stored.frame] * (1 + (stored.seq in twice))]


def test_reordering_swaps_a_frame_with_the_next_and_loses_none(run: Run) -> None:
    items, plan = carried(run.frames, FaultKind.REORDERING)
    by_frame = {stored.frame: stored.seq for stored in run.frames}
    seqs = [by_frame[item] for item in items if not isinstance(item, Disconnect)]
    swapped = [after for before, after in pairwise(seqs) if after < before]

    assert swapped
    assert sorted(seqs) == [stored.seq for stored in run.frames]
    assert set(swapped) <= set(fired(plan, FaultKind.REORDERING))


def test_a_bad_signature_is_all_that_is_wrong_with_its_frame(run: Run) -> None:
    items, plan = carried(run.frames, FaultKind.BAD_SIGNATURES)
    spoilt = set(fired(plan, FaultKind.BAD_SIGNATURES))

    assert spoilt
    assert len(items) == len(run.frames)
    for stored, item in zip(run.frames, items, strict=True):
        assert isinstance(item, bytes)
        if stored.seq not in spoilt:
            assert item == stored.frame
            continue
        message = parse_frame(item)
        assert isinstance(message, CommitMessage)
        read_car(message.blocks)
        with pytest.raises(Rejected) as refusal:
            check_commit(message, key_of(run.network, message.repo))
        assert refusal.value.reason == "commit-signature"


def test_malformed_frames_of_every_sort_come_beside_good_ones_and_are_refused(run: Run) -> None:
    items, plan = carried(run.frames, FaultKind.MALFORMED, 0.05)
    good = {stored.frame for stored in run.frames}
    bad = [item for item in items if isinstance(item, bytes) and item not in good]

    assert len(bad) == len(fired(plan, FaultKind.MALFORMED)) > 20
    assert [item for item in items if item in good] == [stored.frame for stored in run.frames]
    for item in bad:
        with pytest.raises(Rejected):
            parse_frame(item)


def test_disconnects_and_malformed_frames_come_once_so_that_a_reconnect_gets_past_them(run: Run) -> None:
    plan = FaultPlan(7, {FaultKind.DISCONNECTS: 0.01, FaultKind.MALFORMED: 0.01})

    first = list(FaultyWire(plan).carry(run.frames))
    second = list(FaultyWire(plan).carry(run.frames))

    assert first.count(DISCONNECT) == len(fired(plan, FaultKind.DISCONNECTS)) > 10
    assert second == [stored.frame for stored in run.frames]


def test_a_replay_meets_the_same_gaps_and_bad_signatures(run: Run) -> None:
    plan = FaultPlan(7, {FaultKind.GAPS: 0.02, FaultKind.BAD_SIGNATURES: 0.02})

    assert list(FaultyWire(plan).carry(run.frames)) == list(FaultyWire(plan).carry(run.frames))


def test_a_gap_in_a_repository_shows_in_the_chain(run: Run) -> None:
    plan = FaultPlan(7, {FaultKind.GAPS: 0.05})
    kept = [stored for stored in run.frames if plan.draw(stored) is None]

    with pytest.raises(AssertionError, match="does not follow rev"):
        assert_chained(kept)


def test_a_recording_reports_the_faults_that_are_in_it(tmp_path: Path) -> None:
    out = tmp_path / "faulty.frames"
    config = replace(SMALL, people=120, backlog_events=400, faults=parse_faults(["gaps=0.05", "duplicates=0.05"]))

    made = record(config, out, 400)
    report = msgspec.json.decode((tmp_path / "faulty.faults.json").read_bytes())
    data, frames, at = out.read_bytes(), 0, 0
    while at < len(data):
        at += 4 + int.from_bytes(data[at : at + 4], "little")
        frames += 1

    assert made.frames == 400
    assert frames == 400 - report["gaps"]["sent"] + report["duplicates"]["sent"]
    assert report["gaps"]["sent"] > 0 < report["duplicates"]["sent"]


@pytest.mark.parametrize(
    "text, reason",
    [
        ("holes=0.1", "fault-syntax"),
        ("gaps", "fault-syntax"),
        ("gaps=many", "fault-syntax"),
        ("gaps=1.5", "fault-range"),
    ],
)
def test_a_fault_that_is_not_one_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Rejected) as refusal:
        parse_faults([text])

    assert refusal.value.reason == reason
