"""Turn the texts behind a rule version into rows that are stored once, and rows into texts again."""

import hashlib
from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import Connection, select

from skywarden.kernel.errors import Broken
from skywarden.rules.source import ParameterFile, RuleFile, RuleSources, Sets
from skywarden.storage import Database
from skywarden.storage.tables import RULE_TEXT

_PART_CHARACTERS = 1_000_000
"""A text is stored in parts of this length: a word list may be longer than a column of MariaDB holds."""


class StoredFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """One rule or parameter file of a version."""

    name: str
    text: str
    root: str = ""
    section: str = ""
    for_names: bool = False


class StoredSources(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `rule_version.files_json` holds: texts by their digests."""

    files: list[StoredFile]
    parameters: list[StoredFile] = []
    sets: dict[str, str] = {}
    added: dict[str, str] = {}


def digest_of(text: str) -> str:
    """Name a text by what is in it."""
    return hashlib.sha256(text.encode()).hexdigest()


def store_sources(db: Database, tx: Connection, sources: RuleSources) -> str:
    """Store the texts that are not there yet; return what names them all."""
    texts: dict[str, str] = {}

    def kept(text: str) -> str:
        digest = digest_of(text)
        texts[digest] = text
        return digest

    stored = StoredSources(
        [StoredFile(file.name, kept(file.text), file.root, file.section, file.for_names) for file in sources.files],
        [StoredFile(file.name, kept(file.text), file.root) for file in sources.parameters],
        {name: kept(_array(entries)) for name, entries in sources.sets.entries.items()},
        {name: kept(_array(entries)) for name, entries in sources.added.entries.items()},
    )
    known = set(tx.execute(select(RULE_TEXT.c.digest).where(RULE_TEXT.c.digest.in_(texts))).scalars())
    for digest, text in texts.items():
        if digest not in known:
            tx.execute(db.insert_or_ignore(RULE_TEXT), _rows(digest, text))
    return msgspec.json.encode(stored).decode()


def load_sources(tx: Connection, rule: str, files_json: str) -> RuleSources:
    """The texts again. Raises: Broken, where one is missing or is not what was stored."""
    stored = msgspec.json.decode(files_json, type=StoredSources)
    wanted = {file.text for file in (*stored.files, *stored.parameters)}
    texts = _texts(tx, wanted | {*stored.sets.values(), *stored.added.values()})
    return RuleSources(
        rule,
        tuple(
            RuleFile(file.name, texts[file.text], file.root, file.section, whole=False, for_names=file.for_names)
            for file in stored.files
        ),
        tuple(ParameterFile(file.name, texts[file.text], file.root) for file in stored.parameters),
        _sets(stored.sets, texts),
        _sets(stored.added, texts),
    )


def _rows(digest: str, text: str) -> list[dict[str, object]]:
    starts = range(0, max(len(text), 1), _PART_CHARACTERS)
    return [
        {"digest": digest, "part": part, "text": text[start : start + _PART_CHARACTERS]}
        for part, start in enumerate(starts)
    ]


def _texts(tx: Connection, digests: Iterable[str]) -> dict[str, str]:
    found: dict[str, list[str]] = {digest: [] for digest in digests}
    query = select(RULE_TEXT).where(RULE_TEXT.c.digest.in_(found)).order_by(RULE_TEXT.c.digest, RULE_TEXT.c.part)
    for row in tx.execute(query):
        found[row.digest].append(row.text)
    texts = {digest: "".join(parts) for digest, parts in found.items()}
    for digest, text in texts.items():
        if digest_of(text) != digest:
            raise Broken(f"rule_text {digest}: the text of a rule is missing or was altered; restore the database")
    return texts


def _array(entries: Iterable[str]) -> str:
    """The entries of a set as one text, whatever is in them."""
    return msgspec.json.encode(sorted(entries)).decode()


def _sets(stored: Mapping[str, str], texts: Mapping[str, str]) -> Sets:
    return Sets({name: msgspec.json.decode(texts[digest], type=frozenset[str]) for name, digest in stored.items()})
