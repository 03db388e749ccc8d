"""The tags that a report puts on its subject: what the record's author says of it, and nothing that is malformed."""

import msgspec
import pytest

from skywarden.api.directory import RecordInfo
from skywarden.api.record_tags import record_tags

_BOTH = "app.bsky.embed.recordWithMedia"
IMAGES = {"$type": "app.bsky.embed.images"}


def tags(value: object) -> tuple[str, ...]:
    raw = msgspec.Raw(msgspec.json.encode(value))
    return record_tags(RecordInfo("at://did:plc:a/app.bsky.feed.post/1", "bafy", raw, "2024-01-01T00:00:00Z"))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({}, ("lang:und",)),
        ({"langs": ["pt-BR", "pt", "EN"]}, ("lang:pt", "lang:en")),
        ({"langs": "pt"}, ("lang:und",)),
        ({"langs": ["", 5, "a b", "x" * 99]}, ("lang:und",)),
        ({"langs": ["aa", "bb", "cc", "dd", "ee", "ff"]}, ("lang:aa", "lang:bb", "lang:cc", "lang:dd", "lang:ee")),
        ({"embed": IMAGES}, ("lang:und", "embed:image")),
        ({"embed": {"$type": "app.bsky.embed.video"}}, ("lang:und", "embed:video")),
        ({"embed": {"$type": "app.bsky.embed.external"}}, ("lang:und", "embed:external")),
        ({"embed": {"$type": _BOTH, "media": IMAGES}}, ("lang:und", "embed:image")),
        ({"embed": {"$type": "app.bsky.embed.record"}}, ("lang:und",)),
        ({"embed": {"$type": _BOTH, "media": {"$type": _BOTH, "media": IMAGES}}}, ("lang:und",)),
        ({"embed": ["app.bsky.embed.images"]}, ("lang:und",)),
        ({"embed": {"$type": 5}}, ("lang:und",)),
    ],
)
def test_a_record_is_tagged_by_its_languages_and_its_embed(value: object, found: tuple[str, ...]) -> None:
    assert tags(value) == found


def test_what_nobody_knows_is_of_no_known_language() -> None:
    assert record_tags(None) == ("lang:und",)
