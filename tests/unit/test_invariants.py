"""The invariants that the source text itself can break, and the page that names their guards."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "skywarden"
TIMELESS = ("rules", "features", "detectors", "engine/operators")
CLOCKS = {"time", "datetime", "skywarden.kernel.clock"}
MODERATION_TABLES = {
    *("SUBJECT", "SUBJECT_LABEL", "SUBJECT_TAG", "MODERATION_EVENT", "MODERATION_EVENT_WORD"),
    *("ACCOUNT_STAT", "ACCOUNT_STRIKE", "DECISION", "REPORT", "BREAKER", "AUDIT"),
}
WRITES = {"insert", "update", "delete", "insert_or_ignore"}
MOVERS = ("moderation/", "app/ozone_import/", "bench/api/seed.py")
"""Who may write: moderation itself, the move from an Ozone's database, and a benchmark's made-up past."""


def imports(file: Path) -> Iterator[tuple[str, str]]:
    """Each imported (module, name) of a file."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


@pytest.mark.parametrize("package", TIMELESS)
def test_rules_and_features_import_no_clock(package: str) -> None:
    files = list((SOURCE / package).rglob("*.py"))
    assert files
    assert [(file.name, module) for file in files for module, _ in imports(file) if module in CLOCKS] == []


def written_tables(file: Path) -> Iterator[str]:
    """Each table that a file makes an insert, an update or a delete of."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in WRITES:
                yield node.args[0].id


def test_only_moderation_writes_the_tables_of_subjects() -> None:
    files = {file.relative_to(SOURCE).as_posix(): file for file in SOURCE.rglob("*.py")}
    writers = {name for name, file in files.items() if MODERATION_TABLES & set(written_tables(file))}
    assert [name for name in sorted(writers) if not name.startswith(MOVERS)] == []
    assert "moderation/save.py" in writers


def test_only_labels_signs_labels() -> None:
    users = {
        file.relative_to(SOURCE).parts[0]
        for file in SOURCE.rglob("*.py")
        for _, name in imports(file)
        if name == "sign_label"
    }
    assert users == {"labels"}


def test_every_guard_that_the_page_names_exists() -> None:
    page = (ROOT / "docs" / "invariants.md").read_text(encoding="utf-8")
    guards = re.findall(r"`(tests/[^`]+)`", page)
    assert len(guards) >= 10
    assert [guard for guard in guards if not (ROOT / guard).exists()] == []
