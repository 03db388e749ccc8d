"""`skywarden label` tells valid labels from tampered ones and lists what was published."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from label_samples import KEY, ask_many, make_labels
from skywarden.cli.main import app
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.labels import sign_label
from skywarden.labels.wire import label_json
from skywarden.model.label import Label
from skywarden.storage import migrate, open_database

VECTORS = Path(__file__).parents[4] / "shared" / "data" / "labels" / "label_signature_vectors.json"
LABEL = label_json(sign_label(Label(Did("did:plc:l"), "did:plc:a", "spam", "2024-10-23T17:51:19.128Z"), KEY))
runner = CliRunner()


def verify(tmp_path: Path, content: object, *options: str) -> tuple[int, str]:
    path = tmp_path / "label.json"
    path.write_text(json.dumps(content))
    result = runner.invoke(app, ["label", "verify", str(path), *options])
    return result.exit_code, result.output


def test_a_valid_label_ends_in_zero(tmp_path: Path) -> None:
    assert verify(tmp_path, LABEL, "--key", KEY.did_key) == (0, "label 1 is valid: spam on did:plc:a by did:plc:l\n")


def test_a_tampered_label_ends_in_one_and_a_sentence(tmp_path: Path) -> None:
    code, output = verify(tmp_path, LABEL | {"val": "rude"}, "--key", KEY.did_key)
    assert code == 1
    assert "label 1 is not valid: 'rude' on did:plc:a: label-signature; expected a low-S signature" in output


def test_a_list_with_one_bad_label_names_it(tmp_path: Path) -> None:
    code, output = verify(tmp_path, {"labels": [LABEL, LABEL | {"uri": "did:plc:b"}]}, "--key", KEY.did_key)
    assert code == 1
    assert "label 1 is valid" in output
    assert "label 2 is not valid" in output


def test_a_label_is_read_from_stdin() -> None:
    result = runner.invoke(app, ["label", "verify", "-", "--key", KEY.did_key], input=json.dumps(LABEL))
    assert result.exit_code == 0


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared label vectors are not beside this checkout")
def test_a_vectors_file_brings_its_own_keys() -> None:
    result = runner.invoke(app, ["label", "verify", str(VECTORS)])
    assert (result.exit_code, result.output.count(" is valid: ")) == (0, 3)


@pytest.mark.parametrize("options", [[], ["--key", "did:key:znonsense"]])
def test_a_missing_or_malformed_key_is_bad_input(tmp_path: Path, options: list[str]) -> None:
    path = tmp_path / "label.json"
    path.write_text(json.dumps(LABEL))
    result = runner.invoke(app, ["label", "verify", str(path), *options])
    assert isinstance(result.exception, Rejected)


def test_a_file_that_is_no_json_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "label.json"
    path.write_text("{")
    result = runner.invoke(app, ["label", "verify", str(path), "--key", KEY.did_key])
    assert isinstance(result.exception, Rejected)


def test_published_labels_are_listed_as_json_lines(tmp_path: Path) -> None:
    db = open_database(f"sqlite:///{tmp_path / 'moderation.db'}")
    migrate(db)
    ask_many(db, 3)
    make_labels(db).publish_pending()
    db.close()
    every = runner.invoke(app, ["label", "list", "--data", str(tmp_path), "--limit", "2"])
    assert [json.loads(line)["seq"] for line in every.output.splitlines()] == [1, 2]
    one = runner.invoke(app, ["label", "list", "--data", str(tmp_path), "--uri", "did:plc:account2"])
    assert [json.loads(line)["uri"] for line in one.output.splitlines()] == ["did:plc:account2"]


def test_listing_where_nothing_ran_is_bad_input(tmp_path: Path) -> None:
    result = runner.invoke(app, ["label", "list", "--data", str(tmp_path)])
    assert isinstance(result.exception, Rejected)
