"""Turn the registered methods into the page docs/reference/api.md."""

from collections.abc import Iterator
from types import ModuleType

import msgspec

from skywarden.api import proxied
from skywarden.api.http.registry import http_modules, path_of
from skywarden.api.registry import AnyMethod, methods_of, modules
from skywarden.api.xrpc import com_atproto_label_subscribe_labels as subscribe_labels

_INTRO = """\
Queries are `GET /xrpc/NSID?...`, procedures are `POST /xrpc/NSID` with a JSON body.
Callers send `Authorization: Bearer` and a service token of their account, or `Basic` and `admin:PASSWORD`.
Methods marked *passed on* are answered by the service of the network that knows; the others by this one.
Any method may answer `InvalidRequest` (400), one of the names for 401, `Forbidden` (403), `RateLimitExceeded` (429) or
`NotEnoughResources` (503); errors of its own are in the table, with status 400 unless it says otherwise.
"""

_HTTP = """\
## HTTP methods

At `/api/` and the path; queries are `GET`, procedures `POST` with a JSON body. Callers are members, and send what they
send to XRPC methods; a service token names the method as `tools.skywarden.` and the path with dots.
A method that takes long ends when its client leaves. Answers are JSON objects; errors are as above.

| path | kind | what it does | body | errors |
|---|---|---|---|---|
"""

_OTHERS = """\
## Other addresses

| address | what |
|---|---|
| `/xrpc/_health` | the version; 503 when the database does not answer |
| `/.well-known/did.json` | the DID document of a did:web labeler |
| `/.well-known/ozone-metadata.json` | what the Ozone web UI compares with the DID document |
| `/robots.txt` | for crawlers |
"""


def api_page(made: str) -> str:
    """The page; `made` says how it came to be."""
    lines = ["# XRPC methods\n", made, _INTRO]
    lines += ["| method | kind | who may call it | what it does | errors |", "|---|---|---|---|---|"]
    lines += sorted(_rows())
    lines += ["", _HTTP + "\n".join(map(_http_row, http_modules()))]
    return "\n".join([*lines, "", _OTHERS])


def _rows() -> Iterator[str]:
    for module in modules():
        for method in methods_of(module):
            yield _row(method, _what(module.__doc__))
    yield f"| `{subscribe_labels.NSID}` | subscription | anybody | {_what(subscribe_labels.__doc__)} |  |"


def _http_row(module: ModuleType) -> str:
    method: AnyMethod = module.METHOD
    fields = [] if method.body is None else [_field(one) for one in msgspec.structs.fields(method.body)]
    errors = ", ".join(f"`{name}`" for name in sorted(method.errors))
    return f"| `{path_of(method)}` | {method.kind} | {_what(module.__doc__)} | {', '.join(fields)} | {errors} |"


def _field(field: msgspec.structs.FieldInfo) -> str:
    return f"**`{field.encode_name}`**" if field.required else f"`{field.encode_name}`"


def _row(method: AnyMethod, what: str) -> str:
    passed_on = " *Passed on.*" if method.handle.__module__ == proxied.__name__ else ""
    errors = ", ".join(f"`{name}`" for name in sorted(method.errors))
    return f"| `{method.nsid}` | {method.kind} | {method.access.value} | {what}{passed_on} | {errors} |"


def _what(doc: str | None) -> str:
    """The first sentence of a file, without the method's name before it."""
    text = (doc or "").partition("\n\n")[0].replace("\n", " ")
    what = text.partition(": ")[2] or text
    return what[:1].upper() + what[1:].replace("|", "\\|")
