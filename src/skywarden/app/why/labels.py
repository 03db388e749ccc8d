"""Turn what people say of a label, its number or its subject and value, into the label."""

from sqlalchemy import Connection

from skywarden.kernel.errors import Rejected
from skywarden.moderation.evidence import Evidence, LabelFound


def find_label(tx: Connection, words: tuple[str, ...]) -> LabelFound:
    """The label of a number in the stream, or the newest of a subject and value. Raises: Rejected."""
    evidence = Evidence(tx)
    if len(words) == 1 and words[0].isdecimal():
        found = evidence.label(int(words[0]))
    elif len(words) == 2:
        found = next(iter(evidence.labels_on(*words)), None)
    else:
        found = None
    if found is None:
        raise Rejected(
            "unknown label", found=" ".join(words), expected="its number in the stream, or its uri and value"
        )
    return found


def named_text(label: LabelFound) -> str:
    """A label in words."""
    return f"{'no longer ' if label.neg else ''}{label.val}" + (f" until {label.exp}" if label.exp else "")
