"""Methods that no lexicon has: the `METHOD` of each file, at `/api/` and the path that its name spells.

`query_find.py` is `/api/query/find`; a service token for it names `tools.skywarden.query.find`.
"""
