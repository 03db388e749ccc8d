"""The decode benchmark compares like with like, and says what is wrong with a recording."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from servers.recording import PDS_RECORDING, read_frames
from skywarden.bench.decode import measure_decode
from skywarden.kernel.errors import Rejected

pytestmark = pytest.mark.timeout(600)  # the first test of a fresh checkout compiles the kernels


def bench(file: Path) -> subprocess.CompletedProcess[str]:
    """Run it as its user does, in a process of its own: it keeps itself to one core."""
    command = [sys.executable, "-m", "skywarden.cli.main", "bench", "decode", str(file), "--rounds", "1"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_last_line_holds_every_figure_and_ratios_are_of_the_rates(tmp_path: Path) -> None:
    file = tmp_path / "short.frames"
    frames = read_frames(PDS_RECORDING)[:200]
    file.write_bytes(b"".join(len(frame).to_bytes(4, "little") + frame for frame in frames))
    done = bench(file)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["frames"] == 200
    for name in ("live", "live_kernels", "batch", "batch_checked"):
        rate = figures[f"{name}_frames_per_s"]
        assert figures[f"{name}_ratio"] == pytest.approx(rate / figures["sdk_frames_per_s"], rel=0.01)


def test_a_file_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "cut.frames"
    file.write_bytes(b"\x10\x00\x00\x00abc")
    done = bench(file)
    assert done.returncode == 2
    assert "cut.frames" in done.stderr


def test_without_the_sdk_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "atproto", None)
    with pytest.raises(Rejected, match="pip install atproto"):
        measure_decode(PDS_RECORDING)
