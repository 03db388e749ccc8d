"""Read the columns of a record that was found sound, by its collection, in compiled code.

Each reader answers False where a field is not as the lexicon has it: the long way knows what to do then.
"""

from skywarden.ingest.columnar.cbor_kernel import (
    MAP,
    Name,
    count,
    find,
    head,
    name_of,
    read_name,
    same,
    skip,
    starts,
    text,
)
from skywarden.ingest.columnar.layout import (
    AVATAR,
    BANNER,
    CREATED,
    DESCRIPTION,
    DISPLAY_NAME,
    NO_TIME,
    ODD_CREATED,
    SUBJECT,
    SUBJECT_DID,
    Bytes,
    Ints,
    literal,
)
from skywarden.ingest.columnar.post_kernel import blob, read_post
from skywarden.ingest.columnar.rows_kernel import DID_START, span, uri
from skywarden.ingest.columnar.time_kernel import usual_micros
from skywarden.kernel.compiled import kernel

_CREATED_AT, _SUBJECT, _URI = map(name_of, (b"createdAt", b"subject", b"uri"))
_DISPLAY_NAME, _NAME, _DESCRIPTION = map(name_of, (b"displayName", b"name", b"description"))
_AVATAR, _BANNER = name_of(b"avatar"), name_of(b"banner")

_BSKY = literal(b"app.bsky.")
_POST = name_of(b"feed.post")
_LIKE, _REPOST, _FOLLOW, _BLOCK = map(name_of, (b"feed.like", b"feed.repost", b"graph.follow", b"graph.block"))
_LIST_ITEM, _LIST_BLOCK = name_of(b"graph.listitem"), name_of(b"graph.listblock")
_PROFILE, _LIST, _GENERATOR = map(name_of, (b"actor.profile", b"graph.list", b"feed.generator"))
_LABELER, _STARTER_PACK = name_of(b"labeler.service"), literal(b"graph.starterpack")


@kernel
def read_record(buf: Bytes, at: int, length: int, record: int, end: int, cells: Ints, row: int, items: Ints) -> bool:
    """Fill the row from the record at buf[record:end] of the collection at buf[at:at + length]."""
    if not starts(buf, at, length, _BSKY):
        return True
    at, length = at + len(_BSKY), length - len(_BSKY)
    name = read_name(buf, at, length)
    if name == _POST:
        sound = read_post(buf, record, end, cells, row, items)
    elif _is_subject(name):
        sound = _read_subject(buf, record, end, cells, row)
    elif _is_described(name) or same(buf, at, length, _STARTER_PACK):
        sound = _read_described(buf, record, end, cells, row)
    else:
        return True
    return sound and _read_created(buf, record, end, cells, row)


@kernel
def _is_subject(name: Name) -> bool:
    on_record = name == _LIKE or name == _REPOST
    return on_record or name == _FOLLOW or name == _BLOCK or name == _LIST_ITEM or name == _LIST_BLOCK


@kernel
def _is_described(name: Name) -> bool:
    return name == _PROFILE or name == _LIST or name == _GENERATOR or name == _LABELER


@kernel
def _read_created(buf: Bytes, at: int, end: int, cells: Ints, row: int) -> bool:
    field = find(buf, at, end, _CREATED_AT)
    if field < 0:
        return True
    start, length = text(buf, field, end)
    if length < 0:
        return False
    micros = usual_micros(buf, start, length)
    cells[row, CREATED] = micros
    if micros == NO_TIME:
        span(cells, row, ODD_CREATED, start, length)
    return True


@kernel
def _read_subject(buf: Bytes, at: int, end: int, cells: Ints, row: int) -> bool:
    field = find(buf, at, end, _SUBJECT)
    if field < 0:
        return False
    major, _, _ = head(buf, field, end)
    if major == MAP:
        field = find(buf, field, end, _URI)
        if field < 0:
            return False
        start, length = text(buf, field, end)
        return uri(buf, cells, row, SUBJECT, start, length)
    start, length = text(buf, field, end)
    if length >= 0 and starts(buf, start, length, DID_START):
        span(cells, row, SUBJECT_DID, start, length)
        return True
    return uri(buf, cells, row, SUBJECT, start, length)


@kernel
def _read_described(buf: Bytes, at: int, end: int, cells: Ints, row: int) -> bool:
    name = -1
    members, at = count(buf, at, end, MAP)
    for _ in range(members):
        key, length = text(buf, at, end)
        field, value = read_name(buf, key, length), key + length
        sound = True
        if field == _DISPLAY_NAME:
            sound = _set_text(buf, value, end, cells, row, DISPLAY_NAME)
        elif field == _NAME:
            name = value
        elif field == _DESCRIPTION:
            sound = _set_text(buf, value, end, cells, row, DESCRIPTION)
        elif field == _AVATAR:
            sound = _set_blob(buf, value, end, cells, row, AVATAR)
        elif field == _BANNER:
            sound = _set_blob(buf, value, end, cells, row, BANNER)
        if not sound:
            return False
        at = skip(buf, value, end)
    unnamed = cells[row, DISPLAY_NAME + 1] < 0
    return name < 0 or not unnamed or _set_text(buf, name, end, cells, row, DISPLAY_NAME)


@kernel
def _set_text(buf: Bytes, at: int, end: int, cells: Ints, row: int, column: int) -> bool:
    start, length = text(buf, at, end)
    span(cells, row, column, start, length)
    return length >= 0


@kernel
def _set_blob(buf: Bytes, at: int, end: int, cells: Ints, row: int, column: int) -> bool:
    cid = blob(buf, at, end)
    cells[row, column] = cid
    return cid >= 0
