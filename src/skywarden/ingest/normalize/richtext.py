"""Turn the facets of a text into its links, mentions and tags, and the words that carry them."""

from collections.abc import Iterator

from skywarden.ingest.normalize.columns import Json, JsonObject
from skywarden.ingest.normalize.fields import is_did, list_field, object_field

_FACET = "app.bsky.richtext.facet#"
_FEATURE_FIELDS = {_FACET + "link": "uri", _FACET + "mention": "did", _FACET + "tag": "tag"}


class RichText:
    """Links, mentions and tags in the order in which they were met, each once, with the words of the first.

    A range that splits a character or lies outside the text carries no words, and still names its target.
    """

    __slots__ = ("_utf8", "links", "mentions", "tags")

    def __init__(self, facets: list[Json], text: str) -> None:
        self.links: dict[str, str | None] = {}
        self.mentions: dict[str, str | None] = {}
        self.tags: dict[str, None] = {}
        self._utf8 = text.encode() if facets else b""
        for facet, feature in _features(facets):
            self._add(facet, feature)

    def _add(self, facet: JsonObject, feature: JsonObject) -> None:
        kind = feature.get("$type")
        field = _FEATURE_FIELDS.get(kind) if type(kind) is str else None
        value = feature.get(field) if field is not None else None
        if type(value) is not str or not value:
            return
        if field == "uri":
            self.links.setdefault(value, self._words(facet))
        elif field == "tag":
            self.tags[value] = None
        elif is_did(value):
            self.mentions.setdefault(value, self._words(facet))

    def _words(self, facet: JsonObject) -> str | None:
        index = object_field(facet, "index") or {}
        start, end = index.get("byteStart"), index.get("byteEnd")
        if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(self._utf8):
            return None
        try:
            return self._utf8[start:end].decode()
        except UnicodeDecodeError:
            return None


def _features(facets: list[Json]) -> Iterator[tuple[JsonObject, JsonObject]]:
    """Each feature with the facet that it stands in."""
    for facet in facets:
        if type(facet) is dict:
            for feature in list_field(facet, "features"):
                if type(feature) is dict:
                    yield facet, feature
