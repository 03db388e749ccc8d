"""Turn a rule's true rows into hits and the effects that they propose."""

from collections.abc import Iterator, Mapping

from skywarden.engine.operators.contract import Frame
from skywarden.kernel.ids import Cid, Did, Offset, UtcMicros
from skywarden.model.effect import Effect, EffectKind, effect_id
from skywarden.model.hit import Hit, Value
from skywarden.model.subject import Subject
from skywarden.rules.core import SubjectTerm
from skywarden.rules.plan.nodes import RulePlan


def cell(frame: Frame, name: str, row: int) -> str | None:
    """A text of the event itself."""
    found: str | None = frame.rows.column(name)[row].as_py()
    return found


def make_hit(rule: RulePlan, frame: Frame, row: int, offset: int, values: Mapping[str, Value], reason: str) -> Hit:
    """One hit of one rule version on one event."""
    did = Did(cell(frame, "did", row) or "")
    record = _record(frame, row, did)
    return Hit(
        rule=rule.name,
        version=rule.version,
        offset=Offset(offset),
        time_us=UtcMicros(int(frame.times_us[row])),
        did=did,
        uri=did if record is None else record.uri,
        values=values,
        reason=reason,
    )


def make_effects(rule: RulePlan, hit: Hit, frame: Frame, row: int) -> Iterator[Effect]:
    """What the rule proposes for a hit; an effect whose subject the event does not name is left out."""
    for term in rule.effects:
        subject = _subject(term.subject, frame, row, hit.did)
        if subject is None:
            continue
        kind = EffectKind(term.kind)
        yield Effect(
            effect_id=effect_id(rule.name, rule.version, hit.offset, kind, term.value, subject),
            rule=rule.name,
            version=rule.version,
            offset=hit.offset,
            time_us=hit.time_us,
            kind=kind,
            value=term.value,
            subject=subject,
            reason=hit.reason,
            values=hit.values,
            limit_per_day=rule.limit_per_day,
        )


def _subject(term: SubjectTerm, frame: Frame, row: int, author: Did) -> Subject | None:
    if term.text == "record":
        return _record(frame, row, author)
    uri = None if term.uri_column is None else cell(frame, term.uri_column, row)
    if uri is not None:
        return _by_uri(uri)
    did = None if term.did_column is None else cell(frame, term.did_column, row)
    return None if did is None else Subject.account(Did(did))


def _record(frame: Frame, row: int, did: Did) -> Subject | None:
    collection, rkey = cell(frame, "collection", row), cell(frame, "rkey", row)
    if collection is None or rkey is None:
        return None
    cid = cell(frame, "cid", row)
    return Subject.record(did, collection, rkey, None if cid is None else Cid(cid))


def _by_uri(uri: str) -> Subject | None:
    """Name a record by its at-uri; one that goes by handle names nobody for sure."""
    authority = uri.removeprefix("at://").split("/", 1)[0]
    if not uri.startswith("at://did:"):
        return None
    return Subject(did=Did(authority), uri=uri if "/" in uri.removeprefix("at://") else authority)
