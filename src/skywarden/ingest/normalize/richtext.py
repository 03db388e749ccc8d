"""Turn the facets of a text into its links, mentions and tags."""

from collections.abc import Iterator

from skywarden.ingest.normalize.columns import Json, JsonObject
from skywarden.ingest.normalize.fields import is_did, list_field

_FACET = "app.bsky.richtext.facet#"
_FEATURE_FIELDS = {_FACET + "link": "uri", _FACET + "mention": "did", _FACET + "tag": "tag"}


class RichText:
    """Links, mentions and tags in the order in which they were met, each once.

    Byte ranges are not read: a range that splits a character or lies outside the text still names its target.
    """

    __slots__ = ("links", "mentions", "tags")

    def __init__(self, facets: list[Json]) -> None:
        self.links: dict[str, None] = {}
        self.mentions: dict[str, None] = {}
        self.tags: dict[str, None] = {}
        for feature in _features(facets):
            self._add(feature)

    def _add(self, feature: JsonObject) -> None:
        kind = feature.get("$type")
        field = _FEATURE_FIELDS.get(kind) if type(kind) is str else None
        value = feature.get(field) if field is not None else None
        if type(value) is not str or not value:
            return
        if field == "uri":
            self.links[value] = None
        elif field == "tag":
            self.tags[value] = None
        elif is_did(value):
            self.mentions[value] = None


def _features(facets: list[Json]) -> Iterator[JsonObject]:
    for facet in facets:
        if type(facet) is dict:
            for feature in list_field(facet, "features"):
                if type(feature) is dict:
                    yield feature
