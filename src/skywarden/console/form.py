"""Read the fields of a form that a page sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import Request

from skywarden.kernel.errors import Rejected

_MOST_BYTES = 512 * 1024
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Form:
    """Fields by name, each with its values in order."""

    fields: Mapping[str, Sequence[str]]

    def text(self, name: str) -> str:
        """The first value without space around it; empty for none."""
        return next(iter(self.fields.get(name, ())), "").strip()

    def texts(self, name: str) -> list[str]:
        """Every value that is not empty."""
        return [value.strip() for value in self.fields.get(name, ()) if value.strip()]

    def number(self, name: str) -> int | None:
        """A whole number; None for none. Raises: Rejected."""
        text = self.text(name)
        if not text:
            return None
        if not text.removeprefix("-").isdecimal() or len(text) > 18:
            raise Rejected("InvalidRequest", place=name, expected="a whole number", found=repr(text[:40]))
        return int(text)


async def read_form(request: Request) -> Form:
    """Read a form's body. Raises: Rejected, before more than the limit is held."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise Rejected("InvalidRequest", place="Content-Type", expected=_FORM, found=repr(kind[:80]))
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise Rejected("InvalidRequest", place="body", expected=f"at most {_MOST_BYTES} bytes")
    try:
        return Form(parse_qs(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=5_000))
    except ValueError as error:
        raise Rejected("InvalidRequest", place="body", expected="a form in UTF-8", found=str(error)[:200]) from error
