"""Stage 4: decisions to signed, numbered labels; nothing else signs."""

from skywarden.labels.key_file import load_or_make_label_key
from skywarden.labels.query import LabelQuery
from skywarden.labels.service import LabelPage, LabelService
from skywarden.labels.sign import sign_label, signing_bytes, verify_label

__all__ = [
    "LabelPage",
    "LabelQuery",
    "LabelService",
    "load_or_make_label_key",
    "sign_label",
    "signing_bytes",
    "verify_label",
]
