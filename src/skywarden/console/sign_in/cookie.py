"""Keep a session's token in the browser, out of reach of scripts and of other sites."""

from starlette.requests import Request
from starlette.responses import Response

NAME = "skywarden_session"


def token_of(request: Request) -> str:
    """The token that came with a request; empty for none."""
    return request.cookies.get(NAME, "")[:200]


def give(response: Response, token: str, *, secure: bool) -> None:
    """Let the browser keep the token until it is closed; `secure` where the console is reached by https."""
    response.set_cookie(NAME, token, path="/", httponly=True, samesite="lax", secure=secure)


def take_back(response: Response) -> None:
    """Let the browser forget the token."""
    response.delete_cookie(NAME, path="/", httponly=True, samesite="lax")
