"""Turn records that point at something (like, repost, follow, block, list item) into subject columns."""

from skywarden.ingest.normalize.columns import JsonObject, RecordColumns
from skywarden.ingest.normalize.fields import record_ref


def subject_columns(record: JsonObject) -> RecordColumns:
    """Read `subject`: a DID, an at-uri or a strong reference."""
    subject = record.get("subject")
    if type(subject) is str and subject.startswith("did:"):
        return {"subject_did": subject}
    ref = record_ref(subject.get("uri") if type(subject) is dict else subject)
    if ref is None:
        return {}
    uri, did = ref
    return {"subject_uri": uri} if did is None else {"subject_uri": uri, "subject_did": did}
