"""Turn columns of events into their records, as compact JSON."""

import pyarrow as pa
import pyarrow.compute as pc

_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))


def post_records(texts: pa.StringArray, langs: pa.StringArray, created: pa.StringArray) -> pa.StringArray:
    """Posts, each in one language."""
    head = '{"$type":"app.bsky.feed.post","text":"'
    return _joined(head, escaped(texts), '","langs":["', langs, '"],"createdAt":"', created, '"}')


def of_record(collection: str, uri: pa.StringArray, cid: pa.StringArray, created: pa.StringArray) -> pa.StringArray:
    """Likes and reposts: what they are about is a record."""
    head = f'{{"$type":"{collection}","subject":{{"uri":"'
    return _joined(head, uri, '","cid":"', cid, '"},"createdAt":"', created, '"}')


def of_account(collection: str, did: pa.StringArray, created: pa.StringArray) -> pa.StringArray:
    """Follows, blocks and the like: what they are about is an account."""
    return _joined(f'{{"$type":"{collection}","subject":"', did, '","createdAt":"', created, '"}')


def profile_records(names: pa.StringArray, descriptions: pa.StringArray) -> pa.StringArray:
    head = '{"$type":"app.bsky.actor.profile","displayName":"'
    return _joined(head, escaped(names), '","description":"', escaped(descriptions), '"}')


def escaped(texts: pa.StringArray) -> pa.StringArray:
    """Texts as they stand within the quotes of JSON."""
    for plain, written in _ESCAPES:
        texts = pc.replace_substring(texts, plain, written)
    return texts


def _joined(*parts: str | pa.StringArray) -> pa.StringArray:
    return pc.binary_join_element_wise(*parts, "")
