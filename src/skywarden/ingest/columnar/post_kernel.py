"""Read the columns of a post out of a record that was found sound, in compiled code.

Each reader answers False where a field is not as the lexicon has it: the long way knows what to do then.
"""

from skywarden.ingest.columnar.blocks_kernel import CID_BYTES
from skywarden.ingest.columnar.cbor_kernel import (
    ARRAY,
    MAP,
    UINT,
    Name,
    count,
    find,
    head,
    link,
    name_of,
    read_name,
    skip,
    starts,
    text,
)
from skywarden.ingest.columnar.layout import (
    ALT_TEXTS,
    EMBED_KIND,
    IMAGE_CIDS,
    LANGS,
    LINK_TEXTS,
    LINKS,
    LIST_LENGTH,
    MENTION_TEXTS,
    MENTIONS,
    QUOTE,
    REPLY_PARENT,
    REPLY_ROOT,
    TAGS,
    TEXT,
    VIDEO,
    Bytes,
    Ints,
    byte,
    literal,
)
from skywarden.ingest.columnar.rows_kernel import DID_START, add_item, empty_list, span, uri
from skywarden.kernel.compiled import kernel

_TYPE, _TEXT, _LANGS, _REPLY = map(name_of, (b"$type", b"text", b"langs", b"reply"))
_EMBED, _FACETS, _TAGS = map(name_of, (b"embed", b"facets", b"tags"))
_PARENT, _ROOT, _URI = map(name_of, (b"parent", b"root", b"uri"))
_FEATURES, _LINK, _MENTION, _DID, _TAG = map(name_of, (b"features", b"link", b"mention", b"did", b"tag"))
_INDEX, _BYTE_START, _BYTE_END = map(name_of, (b"index", b"byteStart", b"byteEnd"))
_IMAGES, _VIDEO, _EXTERNAL = map(name_of, (b"images", b"video", b"external"))
_RECORD, _WITH_MEDIA, _MEDIA = map(name_of, (b"record", b"recordWithMedia", b"media"))
_IMAGE, _ALT, _REF = map(name_of, (b"image", b"alt", b"ref"))
_EMBED_PREFIX, _FACET_PREFIX = literal(b"app.bsky.embed."), literal(b"app.bsky.richtext.facet#")


@kernel
def read_post(buf: Bytes, at: int, end: int, cells: Ints, row: int, items: Ints) -> bool:
    """Fill the row from the record at buf[at:end]."""
    for column in (LINKS, MENTIONS, TAGS, ALT_TEXTS, IMAGE_CIDS, LINK_TEXTS, MENTION_TEXTS):
        empty_list(cells, row, column)
    facets = embed = tags = -1
    members, at = count(buf, at, end, MAP)
    for _ in range(members):
        key, length = text(buf, at, end)
        name, value = read_name(buf, key, length), key + length
        sound = True
        if name == _TEXT:
            start, size = text(buf, value, end)
            span(cells, row, TEXT, start, size)
            sound = size >= 0
        elif name == _LANGS:
            empty_list(cells, row, LANGS)
            sound = _texts(buf, value, end, cells, row, items, LANGS, False)
        elif name == _REPLY:
            sound = _reply(buf, value, end, cells, row)
        elif name == _FACETS:
            facets = value
        elif name == _EMBED:
            embed = value
        elif name == _TAGS:
            tags = value
        if not sound:
            return False
        at = skip(buf, value, end)
    # In this order whatever the order of the fields: facets come before the embed's link and the record's own tags.
    return (
        (facets < 0 or _facets(buf, facets, end, cells, row, items))
        and (embed < 0 or _embed(buf, embed, end, cells, row, items))
        and (tags < 0 or _texts(buf, tags, end, cells, row, items, TAGS, True))
    )


@kernel
def _texts(buf: Bytes, at: int, end: int, cells: Ints, row: int, items: Ints, column: int, once: bool) -> bool:
    members, at = count(buf, at, end, ARRAY)
    for _ in range(members):
        start, length = text(buf, at, end)
        if length < (1 if once else 0) or not add_item(buf, cells, row, items, column, start, length, once):
            return False
        at = start + length
    return members >= 0


@kernel
def _reply(buf: Bytes, at: int, end: int, cells: Ints, row: int) -> bool:
    parent, root = find(buf, at, end, _PARENT), find(buf, at, end, _ROOT)
    return (
        parent >= 0
        and root >= 0
        and _strong_ref(buf, parent, end, cells, row, REPLY_PARENT)
        and _strong_ref(buf, root, end, cells, row, REPLY_ROOT)
    )


@kernel
def _strong_ref(buf: Bytes, at: int, end: int, cells: Ints, row: int, column: int) -> bool:
    field = find(buf, at, end, _URI)
    if field < 0:
        return False
    start, length = text(buf, field, end)
    return uri(buf, cells, row, column, start, length)


@kernel
def _facets(buf: Bytes, at: int, end: int, cells: Ints, row: int, items: Ints) -> bool:
    facets, at = count(buf, at, end, ARRAY)
    for _ in range(facets):
        field = find(buf, at, end, _FEATURES)
        if field < 0:
            return False
        features, inner = count(buf, field, end, ARRAY)
        if features < 0:
            return False
        words, size = _words(buf, find(buf, at, end, _INDEX), end, cells[row, TEXT], cells[row, TEXT + 1])
        for _ in range(features):
            if not _feature(buf, inner, end, cells, row, items, words, size):
                return False
            inner = skip(buf, inner, end)
        at = skip(buf, at, end)
    return facets >= 0


@kernel
def _words(buf: Bytes, at: int, end: int, start: int, size: int) -> tuple[int, int]:
    """Span of the part of the text buf[start:start + size] that a facet's index names; (0, -1) where it names none."""
    if at < 0 or size < 0:
        return 0, -1
    first, last = _whole(buf, find(buf, at, end, _BYTE_START), end), _whole(buf, find(buf, at, end, _BYTE_END), end)
    if first < 0 or last <= first or last > size:
        return 0, -1
    if _splits(buf, start + first) or (last < size and _splits(buf, start + last)):
        return 0, -1
    return start + first, last - first


@kernel
def _whole(buf: Bytes, at: int, end: int) -> int:
    """A whole number that is not negative; -1 where there is none."""
    if at < 0:
        return -1
    major, value, _ = head(buf, at, end)
    return value if major == UINT else -1


@kernel
def _splits(buf: Bytes, at: int) -> bool:
    """Is this byte within a character of UTF-8?"""
    return byte(buf, at) & 0xC0 == 0x80


@kernel
def _feature(buf: Bytes, at: int, end: int, cells: Ints, row: int, items: Ints, words: int, size: int) -> bool:
    field = find(buf, at, end, _TYPE)
    if field < 0:
        return False
    kind, length = text(buf, field, end)
    if length < 0 or not starts(buf, kind, length, _FACET_PREFIX):
        return False
    name = read_name(buf, kind + len(_FACET_PREFIX), length - len(_FACET_PREFIX))
    if name == _LINK:
        uri_at = find(buf, at, end, _URI)
        return _worded(buf, uri_at, end, cells, row, items, LINKS, LINK_TEXTS, words, size)
    if name == _TAG:
        return _target(buf, find(buf, at, end, _TAG), end, cells, row, items, TAGS)
    if name == _MENTION:
        did_at = find(buf, at, end, _DID)
        return _worded(buf, did_at, end, cells, row, items, MENTIONS, MENTION_TEXTS, words, size)
    return False


@kernel
def _worded(
    buf: Bytes, at: int, end: int, cells: Ints, row: int, items: Ints, column: int, texts: int, words: int, size: int
) -> bool:
    """Add a target and, beside it, the words that carry it; a target that is there already keeps its words."""
    held = cells[row, LIST_LENGTH + column]
    if not _target(buf, at, end, cells, row, items, column):
        return False
    return cells[row, LIST_LENGTH + column] == held or add_item(buf, cells, row, items, texts, words, size, False)


@kernel
def _target(buf: Bytes, at: int, end: int, cells: Ints, row: int, items: Ints, column: int) -> bool:
    if at < 0:
        return False
    start, length = text(buf, at, end)
    if length < 1 or (column == MENTIONS and not starts(buf, start, length, DID_START)):
        return False
    return add_item(buf, cells, row, items, column, start, length, True)


@kernel
def _embed(buf: Bytes, at: int, end: int, cells: Ints, row: int, items: Ints) -> bool:
    kind, length = _embed_kind(buf, at, end)
    if length < 0:
        return False
    span(cells, row, EMBED_KIND, kind, length)
    name = read_name(buf, kind, length)
    if name == _RECORD:
        return _quote(buf, at, end, cells, row)
    if name != _WITH_MEDIA:
        return _media(buf, at, end, name, cells, row, items)
    wrapper, media = find(buf, at, end, _RECORD), find(buf, at, end, _MEDIA)
    if wrapper < 0 or media < 0 or not _quote(buf, wrapper, end, cells, row):
        return False
    kind, length = _embed_kind(buf, media, end)
    return length >= 0 and _media(buf, media, end, read_name(buf, kind, length), cells, row, items)


@kernel
def _quote(buf: Bytes, at: int, end: int, cells: Ints, row: int) -> bool:
    field = find(buf, at, end, _RECORD)
    return field >= 0 and _strong_ref(buf, field, end, cells, row, QUOTE)


@kernel
def _embed_kind(buf: Bytes, at: int, end: int) -> tuple[int, int]:
    """Span of what follows `app.bsky.embed.` in the type."""
    field = find(buf, at, end, _TYPE)
    if field < 0:
        return -1, -1
    kind, length = text(buf, field, end)
    if length < 0 or not starts(buf, kind, length, _EMBED_PREFIX):
        return -1, -1
    return kind + len(_EMBED_PREFIX), length - len(_EMBED_PREFIX)


@kernel
def _media(buf: Bytes, at: int, end: int, name: Name, cells: Ints, row: int, items: Ints) -> bool:
    if name == _IMAGES:
        return _images(buf, find(buf, at, end, _IMAGES), end, cells, row, items)
    if name == _EXTERNAL:
        field = find(buf, at, end, _EXTERNAL)
        if field < 0:
            return False
        return _worded(buf, find(buf, field, end, _URI), end, cells, row, items, LINKS, LINK_TEXTS, 0, -1)
    if name == _VIDEO:
        return _video(buf, at, end, cells, row, items)
    return False


@kernel
def _images(buf: Bytes, at: int, end: int, cells: Ints, row: int, items: Ints) -> bool:
    if at < 0:
        return False
    images, at = count(buf, at, end, ARRAY)
    for _ in range(images):
        cid, alt = blob(buf, find(buf, at, end, _IMAGE), end), find(buf, at, end, _ALT)
        if cid < 0 or alt < 0:
            return False
        start, length = text(buf, alt, end)
        if length < 0 or not add_item(buf, cells, row, items, ALT_TEXTS, start, length, False):
            return False
        add_item(buf, cells, row, items, IMAGE_CIDS, cid, CID_BYTES, False)
        at = skip(buf, at, end)
    return images >= 0


@kernel
def _video(buf: Bytes, at: int, end: int, cells: Ints, row: int, items: Ints) -> bool:
    cid, alt = blob(buf, find(buf, at, end, _VIDEO), end), find(buf, at, end, _ALT)
    if cid < 0:
        return False
    cells[row, VIDEO] = cid
    start, length = (cid, 0) if alt < 0 else text(buf, alt, end)
    return length >= 0 and add_item(buf, cells, row, items, ALT_TEXTS, start, length, False)


@kernel
def blob(buf: Bytes, at: int, end: int) -> int:
    """Where the raw CID of a blob starts; -1 where there is no blob of today's form."""
    if at < 0:
        return -1
    field = find(buf, at, end, _REF)
    return -1 if field < 0 else link(buf, field, end)
