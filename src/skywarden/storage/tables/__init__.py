"""Every SQL table, one file a stage; stages meet here and in `model`, never in one another."""

from skywarden.storage.tables.labels import COUNTER, LABEL, LABEL_REQUEST, SIGNING_KEY
from skywarden.storage.tables.metadata import METADATA
from skywarden.storage.tables.moderation import (
    AUDIT,
    BREAKER,
    DECISION,
    DELIVERY,
    NAMED_SET,
    NAMED_SET_ENTRY,
    REPORT,
    SUBJECT,
    SUBJECT_LABEL,
    SUBJECT_TAG,
)
from skywarden.storage.tables.outbox import CONSUMER_OFFSET, EFFECT, HIT, RECHECK, RULE_TALLY, SECRET

__all__ = [
    "AUDIT",
    "BREAKER",
    "CONSUMER_OFFSET",
    "COUNTER",
    "DECISION",
    "DELIVERY",
    "EFFECT",
    "HIT",
    "LABEL",
    "LABEL_REQUEST",
    "METADATA",
    "NAMED_SET",
    "NAMED_SET_ENTRY",
    "RECHECK",
    "REPORT",
    "RULE_TALLY",
    "SECRET",
    "SIGNING_KEY",
    "SUBJECT",
    "SUBJECT_LABEL",
    "SUBJECT_TAG",
]
