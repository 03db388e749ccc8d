"""Editors and mypy --strict check rule files by the stubs: sound ones pass, and each mistake is told at its line."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from skywarden.rules.folder import load_folder

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden" / "rules" / "typed.rules.txt"
_STRICT = ("--strict", "--allow-untyped-defs", "--check-untyped-defs")  # a rule has no annotations


def mypy(cache: Path, folder: Path, *files: str) -> list[str]:
    command = [sys.executable, "-m", "mypy", *_STRICT, "--explicit-package-bases", f"--cache-dir={cache}"]
    command += ["--config-file=", "--no-error-summary", *(f"{folder.name}/{file}" for file in files)]
    done = subprocess.run(
        command,
        cwd=folder.parent,
        env={"MYPYPATH": str(ROOT / "src"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of the golden text, as a rule set: one that lends, one that is sound, one that is wrong."""
    pieces = re.split(r"^### (.+)\n", GOLDEN.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = tmp_path / "typed_rules"
    found.mkdir()
    for name, text in zip(pieces[1::2], pieces[2::2], strict=True):
        (found / name).write_text(text, encoding="utf-8")
    return found


def test_mypy_passes_sound_rules_and_tells_every_mistake_of_the_others(folder: Path, tmp_path: Path) -> None:
    assert mypy(tmp_path, folder, "shared.py", "sound.py") == []
    lines = (folder / "wrong.py").read_text(encoding="utf-8").splitlines()
    first, last = lines.index("from .shared import YOUNG, yung") + 1, lines.index("def untyped_event():")
    wrong = {first, last, *(number for number, line in enumerate(lines, 1) if first < number < last - 2 and line)}
    told = [line for line in mypy(tmp_path, folder, "shared.py", "wrong.py") if ": error: " in line]
    assert {int(line.split(":")[1]) for line in told} == wrong
    assert all(line.startswith("typed_rules/wrong.py:") for line in told)


def test_mypy_passes_the_shipped_rule_set(tmp_path: Path) -> None:
    shipped = ROOT / "src" / "skywarden" / "rulesets" / "bluesky"
    files = sorted(path.relative_to(shipped).as_posix() for path in shipped.rglob("*.py"))
    assert mypy(tmp_path, shipped, *files) == []


def test_the_sound_rules_compile_too(folder: Path) -> None:
    (folder / "wrong.py").unlink()
    assert [rule.name for rule in load_folder(folder).rules] == ["many_posts"]
