"""Turn the uri of a record or account into the list of what can be explained about it."""

from sqlalchemy import Connection

from skywarden.app.why.answers import Entry
from skywarden.app.why.labels import named_text
from skywarden.atproto.syntax.datetime import datetime_micros
from skywarden.engine.explain import find_event
from skywarden.kernel.errors import Rejected
from skywarden.model.history import EventHistory
from skywarden.moderation.evidence import Evidence
from skywarden.moderation.evidence.after import kind_and_value

MOST_SHOWN = 50


def about(tx: Connection, history: EventHistory, uri: str) -> list[Entry]:
    """Labels, decisions and hits on a subject, the newest first. Raises: Rejected, when there are none."""
    evidence = Evidence(tx)
    entries = [Entry(f"label {one.seq}", datetime_micros(one.cts), named_text(one)) for one in evidence.labels_on(uri)][
        :MOST_SHOWN
    ]
    answers = {one.id: one for one in evidence.decisions_on(uri, MOST_SHOWN)}
    for one in answers.values():
        kind, value = kind_and_value(one, None)
        said = f"{kind} {value}: {one.columns['outcome']}" + (f" (rule {one.rule})" if one.rule else "")
        entries.append(Entry(f"decision {one.id}", one.columns["created_us"], said))
    for event in evidence.events_on(uri, MOST_SHOWN):
        if event.id not in answers:
            entries.append(Entry(f"decision {event.id}", event.created_us, f"{event.type} by {event.created_by}"))
    entries += _hits(evidence, history, uri)
    if not entries:
        raise Rejected("nothing to explain", found=uri, expected="a subject with a label, a decision or a hit")
    return sorted(entries, key=lambda entry: -entry.at_us)


def _hits(evidence: Evidence, history: EventHistory, uri: str) -> list[Entry]:
    """Hits at the newest event of a record; those of an account are many, and found by its decisions."""
    try:
        offset = find_event(history, uri)
    except Rejected:
        return []
    return [
        Entry(f"hit {offset}/{one.hit.rule}", one.hit.time_us, one.hit.reason or "the rule was true")
        for one in evidence.hits(offset)
    ]
