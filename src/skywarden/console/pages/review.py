"""Review: the queue, the item with its decision form, and the way from one item to the next in one request."""

from urllib.parse import quote

from starlette.responses import Response

from skywarden.console.form import Form
from skywarden.console.page import Access, Nav, Visit, get, post
from skywarden.console.review.decision import CONFLICT, decide, read_decision
from skywarden.console.review.item import read_item
from skywarden.console.review.queue import KINDS, SORTS, STATES, Queue, queue_page, take_next
from skywarden.console.review.shapes import Repos
from skywarden.kernel.errors import Rejected


async def _queue(visit: Visit) -> Response:
    queue = Queue.of(visit.request.query_params)
    found = await queue_page(visit, queue, visit.request.query_params.get("cursor"))
    uris = [status.uri for status in found.subject_statuses]
    claims = await visit.site.workers.run(visit.site.services.desk.claims.held, uris)
    return visit.page(
        "review_queue.html", 200, queue=queue, found=found, claims=claims, states=STATES, sorts=SORTS, kinds=KINDS
    )


async def _next(visit: Visit) -> Response:
    queue = Queue.of(_first(await visit.form()))
    uri = await take_next(visit, queue)
    return visit.go(_address(uri, queue) if uri is not None else f"/review?{queue.query}")


async def _skip(visit: Visit) -> Response:
    """Give an item back and take another."""
    form = await visit.form()
    queue, uri = Queue.of(_first(form)), form.text("subject")
    await visit.site.workers.run(visit.site.services.desk.claims.release, uri, visit.caller.did)
    other = await take_next(visit, queue, uri)
    return visit.go(_address(other, queue) if other is not None else f"/review?{queue.query}")


async def _subject(visit: Visit) -> Response:
    given = visit.request.query_params.get("subject", "")
    queue = Queue.of(visit.request.query_params)
    item = await read_item(visit, await _named(visit, given))
    return visit.page("review_subject.html", 200, item=item, queue=queue, told="")


async def _claim(visit: Visit) -> Response:
    """Take a subject, or hold it longer while its page is open."""
    form = await visit.form()
    uri = form.text("subject")
    await visit.site.workers.run(visit.site.services.desk.claims.claim, uri, visit.caller.did)
    return visit.go(_address(uri, Queue.of(_first(form)))) if form.text("open") else Response(status_code=204)


async def _decide(visit: Visit) -> Response:
    """Do what the form says and answer with the next item, or with this one where somebody was faster."""
    form = await visit.form()
    decision = read_decision(form)
    queue = Queue.of(_first(form))
    try:
        made = await visit.site.workers.run(decide, visit, decision)
    except Rejected as error:
        if error.reason != CONFLICT:
            raise
        item = await read_item(visit, decision.uri)
        told = "Somebody was faster: look at the newest events, then decide again. Nothing was changed."
        return visit.page("review_item.html", 409, item=item, queue=queue, told=told)
    await visit.site.workers.run(visit.site.services.desk.claims.release, decision.uri, visit.caller.did)
    did = ", ".join(type(one.event).type_name().removeprefix("modEvent").lower() for one in made)
    uri = decision.uri if form.text("stay") else await take_next(visit, queue, decision.uri)
    if uri is None:
        return visit.page("review_done.html", 200, queue=queue, told=f"Done: {did}.")
    return visit.page("review_item.html", 200, item=await read_item(visit, uri), queue=queue, told=f"Done: {did}.")


def _first(form: Form) -> dict[str, str]:
    return {name: values[0] for name, values in form.fields.items() if values}


async def _named(visit: Visit, given: str) -> str:
    """The DID or at-uri of what was asked for; a handle is looked up among the accounts that are known."""
    if given.startswith(("did:", "at://did:")):
        return given
    name = given.removeprefix("at://").removeprefix("@")
    if not name:
        raise Rejected("NotFound", place="subject", expected="a DID, an at-uri or a handle", found="nothing")
    found = await visit.ask("tools.ozone.moderation.searchRepos", {"q": name, "limit": 10}, Repos)
    for repo in found.repos:
        if str(repo.get("handle", "")).lower() == name.lower():
            return str(repo["did"])
    raise Rejected("NotFound", place=name, expected="a handle that is known here", hint="try the DID")


def _address(uri: str, queue: Queue) -> str:
    return f"/review/subject?subject={quote(uri, safe='')}&{queue.query}"


PAGES = (
    get("/review", _queue, nav=Nav("Review", "g r", 10)),
    get("/review/subject", _subject),
    post("/review/next", _next, Access.TRIAGE),
    post("/review/skip", _skip, Access.TRIAGE),
    post("/review/claim", _claim, Access.TRIAGE),
    post("/review/decide", _decide, Access.TRIAGE),
)
