"""A question as people write it, kept and run again: times as words, one of four kinds of answer."""

import msgspec

from skywarden.app.investigate.sheets import Sheet, events_sheet, histogram_sheet, sql_sheet, top_sheet
from skywarden.app.investigate.spans import length_us, moment_us
from skywarden.kernel.errors import Rejected
from skywarden.model.investigation import (
    Checkpoint,
    EventPage,
    Histogram,
    Investigator,
    Question,
    SqlAnswer,
    Top,
    go_on,
)
from skywarden.rules.query import QueryText, compile_query
from skywarden.rules.source import NO_SETS, Sets

Answer = EventPage | Top | Histogram | SqlAnswer
_AUTO = "auto"


class FindRequest(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What `skywarden query find` and the API take. `since` and `until` are lengths of time (7d) or moments.

    With `sql` it is a SELECT, with `histogram` (a length of time, or auto) counts over time, with `group` the top
    values, otherwise the newest events with the values of the expressions in `show`.
    """

    condition: str = ""
    on: tuple[str, ...] = ()
    since: str = "1d"
    until: str = ""
    group: tuple[str, ...] = ()
    top: int = 20
    against: str = ""
    histogram: str = ""
    show: tuple[str, ...] = ()
    sql: str = ""
    limit: int = 50
    cursor: str = ""

    @property
    def kind(self) -> str:
        """Which answer it has. Raises: Rejected, when it asks for two."""
        given = [name for name in ("sql", "histogram", "group") if getattr(self, name)]
        if len(given) > 1 or (self.sql and (self.condition or self.on)):
            raise Rejected("InvalidRequest", place=" and ".join(given), expected="one of sql, histogram and group")
        return given[0] if given else "events"


def read_request(text: str | bytes) -> FindRequest:
    """Read what was kept. Raises: Rejected."""
    try:
        return msgspec.json.decode(text, type=FindRequest)
    except msgspec.DecodeError as error:
        raise Rejected("InvalidRequest", found=str(error)) from error


def request_json(request: FindRequest) -> str:
    """As it is kept: what is as usual is left out."""
    return msgspec.json.encode(request).decode()


def question_of(request: FindRequest, investigator: Investigator) -> Question:
    """Turn the times into moments."""
    since_us, until_us = times_of(request.since, request.until, investigator)
    return Question(request.condition, request.on, since_us, until_us)


def times_of(since: str, until: str, investigator: Investigator) -> tuple[int | None, int | None]:
    """The moments that are meant; None for what is not said. Raises: Rejected."""
    if not since and not until:
        return None, None
    end_us = investigator.end_us()
    return (
        moment_us(since, "since", end_us) if since else None,
        moment_us(until, "until", end_us) if until else None,
    )


def check_request(request: FindRequest, sets: Sets = NO_SETS) -> None:
    """Check everything but times and SQL without running it. Raises: Rejected, RuleErrors."""
    if request.kind != "sql":
        values = tuple((text, text) for text in (*request.group, *request.show))
        compile_query(QueryText(request.condition, request.on, values), sets)


def answer(request: FindRequest, investigator: Investigator, checkpoint: Checkpoint = go_on) -> Answer:
    """Run a request. Raises: Rejected, as the investigator."""
    kind = request.kind
    if kind == "sql":
        return investigator.sql(request.sql, limit=request.limit, checkpoint=checkpoint)
    question = question_of(request, investigator)
    if kind == "histogram":
        given = None if request.histogram == _AUTO else length_us(request.histogram, "histogram")
        return investigator.histogram(question, bucket_us=given, checkpoint=checkpoint)
    if kind == "group":
        group, against = request.group, request.against
        return investigator.top(question, group, limit=request.top, against=against, checkpoint=checkpoint)
    shown = {text: text for text in request.show}
    cursor = request.cursor or None
    return investigator.events(question, shown, limit=request.limit, cursor=cursor, checkpoint=checkpoint)


def sheet_of(request: FindRequest, found: Answer) -> Sheet:
    """An answer as rows."""
    match found:
        case EventPage():
            return events_sheet(found)
        case Top():
            return top_sheet(found, request.group)
        case Histogram():
            return histogram_sheet(found)
        case SqlAnswer():
            return sql_sheet(found)


def rows_of(found: Answer) -> int:
    """How many rows an answer has."""
    match found:
        case EventPage(events=events):
            return len(events)
        case Top(rows=rows) | SqlAnswer(rows=rows):
            return len(rows)
        case Histogram(counts=counts):
            return len(counts)
