"""Turn rules' true rows into hits and the effects that they propose, column by column."""

from collections.abc import Iterator, Sequence

from skywarden.engine.columns import Ints
from skywarden.engine.operators.contract import Frame
from skywarden.engine.values import reasons
from skywarden.kernel.ids import Cid, Did, Offset, UtcMicros
from skywarden.model.effect import Effect, EffectKind, effect_id
from skywarden.model.hit import Hit, Value
from skywarden.model.subject import Subject
from skywarden.rules.core import SubjectTerm
from skywarden.rules.plan.nodes import RulePlan


class Cells:
    """The event's own columns at rows where some rule is true, each read once for all rules."""

    def __init__(self, frame: Frame, offsets: Ints) -> None:
        self._rows = frame.rows
        self._texts: dict[str, list[str | None]] = {}
        self._subjects: dict[tuple[str | None, str | None], list[Subject | None]] = {}
        self.offsets: list[Offset] = offsets.tolist()
        self.times_us: list[UtcMicros] = frame.times_us.tolist()
        self.dids = [Did(did or "") for did in self.texts("did")]
        self.records = self._records()
        self.uris = [did if record is None else record.uri for did, record in zip(self.dids, self.records, strict=True)]
        self.causes = self._causes()

    def texts(self, name: str) -> list[str | None]:
        """A column of texts."""
        column = self._texts.get(name)
        if column is None:
            column = self._texts[name] = self._rows.column(name).to_pylist()
        return column

    def subjects(self, term: SubjectTerm) -> list[Subject | None]:
        """Whom an effect would be about at each row; None where the event does not name it."""
        if term.text == "record":
            return self.records
        columns = term.uri_column, term.did_column
        found = self._subjects.get(columns)
        if found is None:
            nothing: list[str | None] = [None] * len(self.offsets)
            uris, dids = (nothing if name is None else self.texts(name) for name in columns)
            found = self._subjects[columns] = [
                _by_uri(uri) if uri is not None else None if did is None else Subject.account(Did(did))
                for uri, did in zip(uris, dids, strict=True)
            ]
        return found

    def _records(self) -> list[Subject | None]:
        parts = zip(self.dids, self.texts("collection"), self.texts("rkey"), self.texts("cid"), strict=True)
        return [
            None
            if collection is None or rkey is None
            else Subject.record(did, collection, rkey, None if cid is None else Cid(cid))
            for did, collection, rkey, cid in parts
        ]

    def _causes(self) -> list[tuple[str, ...]]:
        """The rules whose effects led to each event; only rows of our own carry any."""
        column = self._rows.column("caused_by")
        if column.null_count == len(column):
            return [()] * len(column)
        return [tuple(rules or ()) for rules in column.to_pylist()]


def hits_of(rule: RulePlan, cells: Cells, places: Sequence[int], values: Sequence[Sequence[Value]]) -> list[Hit]:
    """The hits of a rule; `values` has a column for each of its named values, with all rows."""
    names = [name for name, _ in rule.values]
    rows = [[column[place] for column in values] for place in places]
    texts = reasons(rule.template, names, rows)
    return [  # by position: keywords cost half as much again
        Hit(
            rule.name,
            rule.version,
            cells.offsets[place],
            cells.times_us[place],
            cells.dids[place],
            cells.uris[place],
            dict(zip(names, row, strict=True)),
            reason,
        )
        for place, row, reason in zip(places, rows, texts, strict=True)
    ]


def effects_of(rule: RulePlan, cells: Cells, places: Sequence[int], hits: Sequence[Hit]) -> Iterator[Effect]:
    """What the rule proposes for its hits; an effect whose subject the event does not name is left out.

    Nothing on an event that the rule's own effects led to: else rules on moderation events would feed themselves.
    """
    for term in rule.effects:
        kind, value, subjects = EffectKind(term.kind), term.value, cells.subjects(term.subject)
        for place, hit in zip(places, hits, strict=True):
            subject, caused_by = subjects[place], cells.causes[place]
            if subject is None or rule.name in caused_by:
                continue
            yield Effect(
                effect_id(rule.name, rule.version, hit.offset, kind, value, subject),
                rule.name,
                rule.version,
                hit.offset,
                hit.time_us,
                kind,
                value,
                subject,
                hit.reason,
                hit.values,
                rule.limits,
                term.options,
                caused_by,
            )


def _by_uri(uri: str) -> Subject | None:
    """Name a record by its at-uri; one that goes by handle names nobody for sure."""
    if not uri.startswith("at://did:"):
        return None
    path = uri.removeprefix("at://")
    authority = path.split("/", 1)[0]
    return Subject(did=Did(authority), uri=uri if "/" in path else authority)
