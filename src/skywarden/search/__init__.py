"""Posts and accounts to a full-text index; it is made from the log alone and can be made anew at any time."""

from skywarden.search.contract import SearchDocument, SearchHit, SearchIndex, SearchPage, SearchWriter, Snippet
from skywarden.search.query import SearchQuery, parse_query

__all__ = [
    "SearchDocument",
    "SearchHit",
    "SearchIndex",
    "SearchPage",
    "SearchQuery",
    "SearchWriter",
    "Snippet",
    "parse_query",
]
