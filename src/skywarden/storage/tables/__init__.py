"""Every SQL table, one file a stage; stages meet here and in `model`, never in one another."""

from skywarden.storage.tables.labels import COUNTER, LABEL, LABEL_REQUEST, SIGNING_KEY
from skywarden.storage.tables.metadata import METADATA
from skywarden.storage.tables.moderation import (
    AUDIT,
    BREAKER,
    DECISION,
    REPORT,
    SUBJECT,
    SUBJECT_LABEL,
    SUBJECT_TAG,
)
from skywarden.storage.tables.outbox import CONSUMER_OFFSET, EFFECT, HIT, RULE_TALLY

__all__ = [
    "AUDIT",
    "BREAKER",
    "CONSUMER_OFFSET",
    "COUNTER",
    "DECISION",
    "EFFECT",
    "HIT",
    "LABEL",
    "LABEL_REQUEST",
    "METADATA",
    "REPORT",
    "RULE_TALLY",
    "SIGNING_KEY",
    "SUBJECT",
    "SUBJECT_LABEL",
    "SUBJECT_TAG",
]
