"""Tell the tags that a report puts on its subject by what a record says: its languages and what is embedded in it."""

import re
from typing import Any

import msgspec

from skywarden.api.directory import RecordInfo

UNKNOWN_LANGUAGE = "lang:und"
_MOST_LANGUAGES = 5
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_EMBEDS = {
    "app.bsky.embed.images": "embed:image",
    "app.bsky.embed.video": "embed:video",
    "app.bsky.embed.external": "embed:external",
}


def record_tags(record: RecordInfo | None) -> tuple[str, ...]:
    """Tags such as `lang:pt` and `embed:image`; only that the language is not known where nothing is."""
    value: dict[str, Any] = {} if record is None else msgspec.json.decode(record.value, type=dict[str, Any])
    return (*_languages(value.get("langs")), *_embedded(value.get("embed")))


def _languages(langs: object) -> tuple[str, ...]:
    """The primary languages that the author names."""
    names = langs[:_MOST_LANGUAGES] if isinstance(langs, list) else []
    found = [name.partition("-")[0].lower() for name in names if isinstance(name, str) and _LANGUAGE.fullmatch(name)]
    return tuple(f"lang:{name}" for name in dict.fromkeys(found)) or (UNKNOWN_LANGUAGE,)


def _embedded(embed: object) -> tuple[str, ...]:
    """What a post shows; media beside a quoted post is one level down, and nothing is further down."""
    kind = _kind(embed)
    if isinstance(embed, dict) and kind == "app.bsky.embed.recordWithMedia":
        kind = _kind(embed.get("media"))
    tag = _EMBEDS.get(kind)
    return () if tag is None else (tag,)


def _kind(embed: object) -> str:
    kind = embed.get("$type") if isinstance(embed, dict) else None
    return kind if isinstance(kind, str) else ""
