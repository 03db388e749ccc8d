"""Find the real data that tests may use, and skip with a reason where a checkout has none."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1].parent / "shared" / "data"
INTEROP = ROOT / "interop" / "atproto-interop-tests"


def present(path: Path) -> Path:
    """Give the path, or skip the test."""
    if not path.exists():
        pytest.skip(f"shared data is absent: {path.relative_to(ROOT.parent)}")
    return path


def json_cases(path: Path) -> list[Any]:
    """Read a list of cases for `parametrize`; without the file one case that skips."""
    if not path.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"shared data is absent: {path.name}"))]
    return list(json.loads(path.read_text()))


def line_cases(path: Path) -> list[Any]:
    """Read a file of one case a line, where # starts a comment line."""
    if not path.exists():
        return [pytest.param("", marks=pytest.mark.skip(reason=f"shared data is absent: {path.name}"))]
    lines = path.read_text().split("\n")
    return [line for line in lines if line and not line.startswith("#")]


def frames_of(path: Path) -> Iterator[bytes]:
    """Walk a recording: u32 little-endian length and frame, repeated."""
    data = present(path).read_bytes()
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at)
        yield data[at + 4 : at + 4 + length]
        at += 4 + length
