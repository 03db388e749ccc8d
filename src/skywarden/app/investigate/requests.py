"""Turn questions as people write them, with times as words, into answers; and answers into rows."""

import msgspec

from skywarden.app.investigate.sheets import Sheet, events_sheet, histogram_sheet, sql_sheet, top_sheet
from skywarden.app.investigate.spans import length_us
from skywarden.kernel.errors import Rejected
from skywarden.model.investigation import (
    Answer,
    Checkpoint,
    EventPage,
    FindRequest,
    Histogram,
    Investigator,
    Question,
    SqlAnswer,
    Top,
    go_on,
)
from skywarden.rules.query import QueryText, compile_query
from skywarden.rules.source import NO_SETS, Sets

_AUTO = "auto"


def read_request(text: str | bytes) -> FindRequest:
    """Read what was kept. Raises: Rejected."""
    try:
        return msgspec.json.decode(text, type=FindRequest)
    except msgspec.DecodeError as error:
        raise Rejected("InvalidRequest", found=str(error)) from error


def request_json(request: FindRequest) -> str:
    """As it is kept: what is as usual is left out."""
    return msgspec.json.encode(request).decode()


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
    since_us, until_us = investigator.moments(request.since, request.until)
    question = Question(request.condition, request.on, since_us, until_us)
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
