"""Turn a rule's true rows into hits and the effects that they propose."""

from collections.abc import Iterator, Mapping

import pyarrow as pa

from skywarden.engine.columns import Ints
from skywarden.engine.operators.contract import Frame
from skywarden.kernel.ids import Cid, Did, Offset, UtcMicros
from skywarden.model.effect import Effect, EffectKind, effect_id
from skywarden.model.hit import Hit, Value
from skywarden.model.subject import Subject
from skywarden.rules.core import SubjectTerm
from skywarden.rules.plan.nodes import RulePlan


class Cells:
    """The event's own columns at the rows of a frame where some rule is true, each read once for all of them."""

    def __init__(self, frame: Frame, rows: Ints) -> None:
        self._rows = frame.rows
        self._chosen = pa.array(rows)
        self._columns: dict[str, list[str | None]] = {}
        self._has_causes = frame.rows.schema.get_field_index("caused_by") >= 0
        self.times_us: list[int] = frame.times_us[rows].tolist()

    def text(self, name: str, number: int) -> str | None:
        """A text of the row with this number among the chosen."""
        column = self._columns.get(name)
        if column is None:
            column = self._columns[name] = self._rows.column(name).take(self._chosen).to_pylist()
        return column[number]

    def causes(self, number: int) -> tuple[str, ...]:
        """The rules whose effects led to the event; only rows of our own carry any."""
        if not self._has_causes:
            return ()
        return tuple(self._rows.column("caused_by")[self._chosen[number].as_py()].as_py() or ())


class Proposals:
    """The hits of one rule; rows go by their number among the chosen."""

    def __init__(self, rule: RulePlan, cells: Cells) -> None:
        self._rule = rule
        self._cells = cells

    def hit(self, number: int, offset: int, values: Mapping[str, Value], reason: str) -> Hit:
        """The hit on a row."""
        did = Did(self._cells.text("did", number) or "")
        record = self._record(number, did)
        return Hit(
            rule=self._rule.name,
            version=self._rule.version,
            offset=Offset(offset),
            time_us=UtcMicros(self._cells.times_us[number]),
            did=did,
            uri=did if record is None else record.uri,
            values=values,
            reason=reason,
        )

    def effects(self, number: int, hit: Hit) -> Iterator[Effect]:
        """What the rule proposes for a hit; an effect whose subject the event does not name is left out.

        Nothing on an event that the rule's own effects led to: else rules on moderation events would feed themselves.
        """
        caused_by = self._cells.causes(number)
        if self._rule.name in caused_by:
            return
        for term in self._rule.effects:
            subject = self._subject(term.subject, number, hit.did)
            if subject is None:
                continue
            kind = EffectKind(term.kind)
            yield Effect(
                effect_id=effect_id(hit.rule, hit.version, hit.offset, kind, term.value, subject),
                rule=hit.rule,
                version=hit.version,
                offset=hit.offset,
                time_us=hit.time_us,
                kind=kind,
                value=term.value,
                subject=subject,
                reason=hit.reason,
                values=hit.values,
                limits=self._rule.limits,
                options=term.options,
                caused_by=caused_by,
            )

    def _subject(self, term: SubjectTerm, number: int, author: Did) -> Subject | None:
        if term.text == "record":
            return self._record(number, author)
        uri = None if term.uri_column is None else self._cells.text(term.uri_column, number)
        if uri is not None:
            return _by_uri(uri)
        did = None if term.did_column is None else self._cells.text(term.did_column, number)
        return None if did is None else Subject.account(Did(did))

    def _record(self, number: int, did: Did) -> Subject | None:
        collection, rkey = self._cells.text("collection", number), self._cells.text("rkey", number)
        if collection is None or rkey is None:
            return None
        cid = self._cells.text("cid", number)
        return Subject.record(did, collection, rkey, None if cid is None else Cid(cid))


def _by_uri(uri: str) -> Subject | None:
    """Name a record by its at-uri; one that goes by handle names nobody for sure."""
    if not uri.startswith("at://did:"):
        return None
    path = uri.removeprefix("at://")
    authority = path.split("/", 1)[0]
    return Subject(did=Did(authority), uri=uri if "/" in path else authority)
