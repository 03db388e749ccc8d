"""A declaration says which labels a labeler may set; all that is wrong with it is said at once."""

import json
from pathlib import Path
from typing import Any

import pytest

from skywarden.kernel.errors import Rejected
from skywarden.labels.declaration import parse_declaration, read_declaration

RUDE = {
    "identifier": "rude",
    "severity": "inform",
    "blurs": "none",
    "locales": [{"lang": "en", "name": "Rude", "description": "Unkind."}],
}


def declared(*values: str, definitions: list[dict[str, Any]] | None = None, **more: object) -> dict[str, Any]:
    return {"policies": {"labelValues": list(values), "labelValueDefinitions": definitions or []}, **more}


def test_a_declaration_names_its_values() -> None:
    given = declared("!hide", "porn", "rude", definitions=[RUDE], createdAt="2024-01-01T00:00:00Z", other=1)
    declaration = parse_declaration(given, "here")
    assert declaration.values == {"!hide", "porn", "rude"}
    assert declaration.record == given


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        (declared("rude"), ["'rude' is of your own making and has no definition"]),
        (declared(definitions=[RUDE]), ["'rude' is defined but not among labelValues"]),
        (declared("Rude Ones"), ["'Rude Ones' would not show", "'Rude Ones' is of your own making"]),
        (declared("rude", "rude", definitions=[RUDE, RUDE]), ["rude is there 2", "definition of rude is there 2"]),
        (declared("rude", definitions=[RUDE | {"severity": "awful"}]), ["severity of 'rude' is 'awful'; use inform"]),
        (declared("rude", definitions=[RUDE | {"locales": []}]), ["'rude' has no locales"]),
        (declared("!hide", definitions=[RUDE | {"identifier": "!hide"}]), ["'!hide' cannot be defined"]),
        (declared(subjectCollections=["posts"]), ["'posts' is not the NSID"]),
        (declared(subjectTypes=["planet"]), ["Invalid enum value 'planet'"]),
        ({"policies": {}}, ["labelValues"]),
        ([], ["Expected `object`"]),
    ],
)
def test_everything_that_is_wrong_is_said_at_once(given: object, faults: list[str]) -> None:
    with pytest.raises(Rejected) as caught:
        parse_declaration(given, "labeler.toml")
    for fault in (*faults, "labeler.toml"):
        assert fault in str(caught.value)


def test_a_file_is_toml_or_json(tmp_path: Path) -> None:
    toml, as_json, broken = tmp_path / "a.toml", tmp_path / "a.json", tmp_path / "b.toml"
    toml.write_text('policies.labelValues = ["porn"]')
    as_json.write_text(json.dumps(declared("porn")))
    broken.write_text("policies = [")
    assert read_declaration(toml).values == read_declaration(as_json).values == {"porn"}
    for file in (broken, tmp_path / "none.toml"):
        with pytest.raises(Rejected, match="label_declaration"):
            read_declaration(file)
