"""Read our answers with the official SDK's generated models, as a client of ours does.

member = read_answer("tools.ozone.team.addMember", await api.post("tools.ozone.team.addMember", body))
"""

import re
from functools import cache
from typing import Any

import httpx
from atproto_client import models
from atproto_client.namespaces import async_ns

from skywarden.atproto.cbor import from_json

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_MODEL = re.compile(r"models\.(?P<module>\w+)\.(?P<name>\w+)")


def read_answer(nsid: str, answer: httpx.Response) -> Any:
    """The model of a good answer, which has every field that the lexicon requires; None for one without a body."""
    assert answer.status_code == 200, answer.text
    model = model_of(nsid)
    if model is None:
        assert answer.content == b""
        return None
    assert answer.headers["content-type"] == "application/json"
    # The models want bytes in memory and have no reader for the {"$bytes": ...} that JSON must carry.
    return model.model_validate(from_json(answer.json()))


@cache
def model_of(nsid: str) -> Any:
    """The model of a method's output; None where it has none. Raises: LookupError, when the SDK has no such method."""
    *path, name = nsid.split(".")
    namespace = getattr(async_ns, "".join(part.capitalize() for part in path) + "Namespace", None)
    method = getattr(namespace, _CAPITAL.sub("_", name).lower(), None)
    if method is None:
        raise LookupError(f"the SDK has no {nsid}")
    match = _MODEL.fullmatch(str(method.__annotations__["return"]))
    return None if match is None else getattr(getattr(models, match["module"]), match["name"])
