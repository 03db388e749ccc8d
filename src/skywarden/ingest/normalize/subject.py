"""Turn records that point at something (like, repost, follow, block, list item) into subject columns."""

from skywarden.ingest.normalize.columns import JsonObject, RecordColumns
from skywarden.ingest.normalize.fields import is_did, record_ref, strong_ref


def subject_columns(record: JsonObject) -> RecordColumns:
    """Read `subject`: a DID, an at-uri or a strong reference."""
    subject = record.get("subject")
    if type(subject) is str and is_did(subject):
        return {"subject_did": subject}
    ref = strong_ref(subject) or record_ref(subject)
    if ref is None:
        return {}
    return {"subject_uri": ref.uri} if ref.did is None else {"subject_uri": ref.uri, "subject_did": ref.did}
