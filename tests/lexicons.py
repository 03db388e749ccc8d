"""Read the lexicons that lie beside the checkout, where there are any: they are compared with, never shipped."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from shared_data import ROOT

LEXICONS = ROOT.parent / "lexicons"
REASON = "shared data is absent: lexicons"

Schema = dict[str, Any]


def lexicon_of(nsid: str) -> Schema | None:
    """The lexicon document of an NSID; None where it is not at hand."""
    return _read(LEXICONS.joinpath(*nsid.split(".")).with_suffix(".json"))


def main_of(nsid: str) -> Schema | None:
    """The method that a lexicon defines."""
    document = lexicon_of(nsid)
    return None if document is None else document["defs"].get("main")


def resolved(ref: str, within: str) -> tuple[Schema, str]:
    """The schema that a reference names and the lexicon it stands in."""
    nsid, _, name = ref.partition("#")
    document = lexicon_of(nsid or within)
    assert document is not None, f"no lexicon for {ref}"
    schema: Schema = document["defs"][name or "main"]
    return schema, nsid or within


def tag_of(ref: str, within: str) -> str:
    """The `$type` of an object that a reference names."""
    nsid, _, name = ref.partition("#")
    whole = nsid or within
    return whole if name in ("", "main") else f"{whole}#{name}"


def methods_under(prefix: str) -> list[str]:
    """Every query and procedure whose NSID begins so."""
    folder = LEXICONS.joinpath(*prefix.split("."))
    found = [".".join(path.relative_to(LEXICONS).with_suffix("").parts) for path in sorted(folder.rglob("*.json"))]
    return [nsid for nsid in found if (main_of(nsid) or {}).get("type") in ("query", "procedure")]


@cache
def _read(path: Path) -> Schema | None:
    return json.loads(path.read_text()) if path.exists() else None
