"""What `record` can be asked for by a JSON path: fields of any lexicon, known to us or not."""

from dataclasses import dataclass

from skywarden.rules.catalog.name import STRS
from skywarden.rules.types import BOOL, FLOAT, INT, STR, TIME, Type


@dataclass(frozen=True, slots=True)
class RecordRead:
    """`record.NAME("path.to.field")`; `many`: `*` may stand for every element of a list."""

    name: str
    op: str
    result: Type
    doc: str
    many: bool = False


_ENTRIES = (
    RecordRead("text", "record_text", STR, "The text at the path; unknown where there is none."),
    RecordRead("int", "record_int", INT, "The whole number at the path; unknown where there is none."),
    RecordRead("float", "record_float", FLOAT, "The number at the path, whole or not; unknown where there is none."),
    RecordRead("bool", "record_bool", BOOL, "The true or false at the path; unknown where there is neither."),
    RecordRead("time", "record_time", TIME, "The datetime at the path; unknown where there is none."),
    RecordRead("has", "record_has", BOOL, "There is something at the path other than null."),
    RecordRead(
        "texts",
        "record_texts",
        STRS,
        "The texts of the list at the path; with * for every element of a list on the way: "
        'record.texts("facets.*.features.*.tag"). Empty where there is none; unknown where it is no list.',
        many=True,
    ),
)

RECORD_READS: dict[str, RecordRead] = {entry.name: entry for entry in _ENTRIES}
