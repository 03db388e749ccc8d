"""What a compile reads from disk: folders with folders within, single files, sets and parameters beside them."""

from pathlib import Path

import pytest

from skywarden.rules import Compiler, RuleErrors
from skywarden.rules.folder import load_folder, read_sources

HEAD = "from skywarden.lang import *\n"
RULE = '@rule(on=post.created, then=tag(author, "x"))\ndef {}():\n    """."""\n    return {}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files that import from one another, in two folders."""
    files = {
        "shared.py": HEAD + 'MANY = parameter("many", 3)\nbusy = author.posts > MANY\n' + RULE.format("lent", "busy"),
        "words/long.py": HEAD
        + 'from ..shared import busy\nLONG = parameter("long", 100)\n'
        + RULE.format("long_text", "busy and length(post.text) > LONG"),
        "alone.py": HEAD + RULE.format("alone", 'contains_any(post.text, wordlist("shops"))'),
        "sets.toml": 'shops = ["a shop"]\n',
        "parameters.toml": "[words.long]\nlong = 200\n[shared]\nmany = 4\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def values(*paths: Path, parameters: Path | None = None) -> dict[str, object]:
    sources = read_sources(paths, parameters)
    compiler = Compiler()
    compiler.compile(sources.files, sources.sets, sources.parameters)
    return {f"{tunable.section}.{tunable.name}": tunable.value for tunable in compiler.tunables}


def test_files_of_folders_within_import_from_above_and_are_tuned_by_their_path(folder: Path) -> None:
    assert {rule.name for rule in load_folder(folder).rules} == {"lent", "long_text", "alone"}
    assert values(folder) == {"shared.many": 4, "words.long.long": 200}


def test_of_a_single_file_the_imports_are_read_and_their_rules_are_not_run(folder: Path) -> None:
    plan = load_folder(folder / "words" / "long.py")
    assert [rule.name for rule in plan.rules] == ["long_text"]
    assert plan.versions["long_text"] == load_folder(folder).versions["long_text"]


def test_a_single_file_is_tuned_by_the_parameters_of_its_rule_set(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder / "words")
    assert values(Path("long.py")) == {"words.long.long": 200, "shared.many": 4}


def test_an_operators_file_comes_last(folder: Path) -> None:
    tuned = folder.parent / "tuned.toml"
    tuned.write_text("[shared]\nmany = 9\n")
    assert values(folder, parameters=tuned) == {"shared.many": 9, "words.long.long": 200}


def test_a_file_named_beside_its_folder_is_read_once(folder: Path) -> None:
    assert len(read_sources([folder, folder / "shared.py", folder / "words" / "long.py"]).files) == 3
    assert len(read_sources([folder / "words" / "long.py", folder]).files) == 3


def test_a_missing_module_is_an_error_with_its_place(folder: Path) -> None:
    (folder / "shared.py").unlink()
    with pytest.raises(RuleErrors, match=r"no rule file .*shared\.py"):
        load_folder(folder / "words" / "long.py")


def test_a_file_that_only_defines_names_is_checked_alone_without_calling_them_unused(folder: Path) -> None:
    (folder / "names.py").write_text(HEAD + "MANY = 3\n")
    sources = read_sources([folder / "names.py"])
    compiler = Compiler()
    compiler.compile(sources.files, sources.sets, sources.parameters)
    assert compiler.warnings == ()
