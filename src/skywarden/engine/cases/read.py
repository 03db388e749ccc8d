"""Turn NAME.cases.toml files into cases; a mistake is reported with its file, case and field."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from skywarden.kernel.errors import Rejected
from skywarden.rules.problems import did_you_mean

PATTERN = "*.cases.toml"
MAX_EVENTS = 100_000
Texts = list[str]


class CaseEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event, or `repeat` of them. `{n}` in a text counts from 1; a plain name stands for an account."""

    kind: str = "post.created"
    repeat: int = 1
    every: str = "1 second"
    after: str = "0 seconds"
    author: str = "somebody"
    author_age: str | None = None
    author_handle: str | None = None
    author_followers: int | None = None
    author_follows: int | None = None
    author_posts: int | None = None
    author_has_avatar: bool | None = None
    author_avatar_cid: str | None = None
    author_display_name: str | None = None
    author_description: str | None = None
    author_labels: Texts | None = None
    author_tags: Texts | None = None
    author_pds_host: str | None = None
    text: str | None = None
    langs: Texts | None = None
    links: Texts | None = None
    link_texts: Texts | None = None
    domains: Texts | None = None
    mentions: Texts | None = None
    mention_texts: Texts | None = None
    tags: Texts | None = None
    images: int = 0
    alt_texts: Texts | None = None
    reply_to: str | None = None
    reply_to_post: str = "post"
    root: str | None = None
    parent_follows: bool | None = None
    root_follows: bool | None = None
    quote: str | None = None
    target: str | None = None
    target_post: str = "post{n}"
    target_follows: bool | None = None
    collection: str | None = None
    rkey: str | None = None
    record: dict[str, Any] | None = None  # the edge: a record of any lexicon, as TOML has it
    display_name: str | None = None
    description: str | None = None
    avatar: bool = False
    handle: str | None = None
    previous_handle: str | None = None
    active: bool | None = None
    status: str | None = None
    reason: str | None = None
    by: str | None = None
    comment: str | None = None
    decision: str | None = None
    added: Texts | None = None
    removed: Texts | None = None


class _CaseText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: str
    expect: Literal["hit", "miss"]
    events: list[CaseEvent]
    about: str = ""
    hits: int | None = None


class _FileText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    case: list[_CaseText]


@dataclass(frozen=True, slots=True)
class Case:
    """One story: after these events the rule has fired (`hits` times where given), or not once."""

    file: str
    number: int
    rule: str
    expect_hit: bool
    hits: int | None
    about: str
    events: tuple[CaseEvent, ...]

    @property
    def place(self) -> str:
        return f"{self.file}, case {self.number}"


def read_cases(path: Path) -> list[Case]:
    """Every case of a folder and below, or of the case file beside one rule file. Raises: Rejected."""
    if path.is_file():
        beside = path.with_name(f"{path.stem}.cases.toml")
        files = [beside] if beside.exists() else []
    else:
        files = sorted(path.rglob(PATTERN))
    return [case for file in files for case in _read_file(file)]


def _read_file(file: Path) -> list[Case]:
    try:
        found = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _FileText)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Rejected("not valid TOML", place=str(file), found=str(error)) from error
    except msgspec.ValidationError as error:
        raise Rejected("wrong case", place=str(file), found=str(error), hint=_hint(str(error))) from error
    cases = []
    for number, case in enumerate(found.case, start=1):
        events = tuple(case.events)
        made = Case(str(file), number, case.rule, case.expect == "hit", case.hits, case.about, events)
        total = sum(event.repeat for event in events)
        if not 0 < total <= MAX_EVENTS:
            raise Rejected("wrong number of events", place=made.place, expected=f"1 to {MAX_EVENTS}", found=str(total))
        cases.append(made)
    return cases


def _hint(message: str) -> str:
    unknown = message.split("`")[1] if "unknown field" in message and "`" in message else ""
    return did_you_mean(unknown, CaseEvent.__struct_fields__) if unknown else ""
