"""Sign in by app password or by a link that works once, and out again."""

from starlette.responses import RedirectResponse, Response

from skywarden.console.page import Access, Visit, get, post
from skywarden.console.sign_in.cookie import give, take_back, token_of
from skywarden.console.sign_in.password import wrong
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did


async def _form(visit: Visit) -> Response:
    return visit.page("sign_in.html", wanted=_inside(visit.request.query_params.get("next", "/")), trouble="", name="")


async def _by_password(visit: Visit) -> Response:
    form = await visit.form()
    name, password = form.text("identifier")[:300], form.text("password")[:300]
    wanted = _inside(form.text("next") or "/")
    try:
        _take_a_try(visit, name)
        did = await visit.site.workers.run(_member, visit, name)
        await visit.site.password.prove(did, password)
    except Rejected as error:
        trouble = (
            "Too many tries; wait a minute."
            if error.reason == "RateLimitExceeded"
            else "No member of this team has that handle and app password."
        )
        return visit.page("sign_in.html", 401, wanted=wanted, trouble=trouble, name=name)
    return await _in(visit, did, "app password", wanted)


async def _link(visit: Visit) -> Response:
    """Looking at the link does not use it up: mail programs and chats look at links too."""
    return visit.page("sign_in_link.html", token=visit.request.path_params["token"])


async def _by_link(visit: Visit) -> Response:
    sessions = visit.site.services.desk.sessions
    did = await visit.site.workers.run(sessions.use_link, str(visit.request.path_params["token"]))
    if did is None:
        trouble = "This link was used or has ended. Make another: skywarden team link"
        return visit.page("sign_in.html", 401, wanted="/", trouble=trouble, name="")
    return await _in(visit, did, "link", "/")


async def _out(visit: Visit) -> Response:
    await visit.site.workers.run(visit.site.services.desk.sessions.close, token_of(visit.request))
    response = RedirectResponse("/sign-in", 303)
    take_back(response)
    return response


async def _in(visit: Visit, did: Did, way: str, wanted: str) -> Response:
    token = await visit.site.workers.run(visit.site.services.desk.sessions.open, did, way)
    response = RedirectResponse(wanted, 303)
    give(response, token, secure=visit.site.services.public_url.startswith("https:"))
    return response


def _member(visit: Visit, name: str) -> Did:
    """The member of a handle or DID. Raises: Rejected, when there is none who may work."""
    wanted = name.removeprefix("@").casefold()
    for member in visit.site.services.desk.team.members():
        if wanted in (member.did.casefold(), (member.handle or "").casefold()) and wanted and not member.disabled:
            return member.did
    raise wrong()


def _take_a_try(visit: Visit, name: str) -> None:
    client = visit.request.client
    for who in (f"name {name.casefold()}", f"address {client.host if client else ''}"):
        allowance = visit.site.tries.take(who, visit.site.services.clock)
        if allowance is not None and allowance.retry_s is not None:
            raise Rejected("RateLimitExceeded", place="sign-in", expected="a few tries a minute", found="more")


def _inside(wanted: str) -> str:
    """A path of this console; anything that could lead elsewhere becomes the first page."""
    leads_out = wanted.startswith("//") or "\\" in wanted or not wanted.isprintable()
    return wanted if wanted.startswith("/") and not leads_out else "/"


PAGES = (
    get("/sign-in", _form, Access.PUBLIC),
    post("/sign-in", _by_password, Access.PUBLIC),
    get("/sign-in/link/{token}", _link, Access.PUBLIC),
    post("/sign-in/link/{token}", _by_link, Access.PUBLIC),
    post("/sign-out", _out),
)
