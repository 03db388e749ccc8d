"""Turn the header atproto-accept-labelers into the labelers whose labels the caller wants to see."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from skywarden.api.answers import invalid
from skywarden.atproto.syntax.did import is_did
from skywarden.kernel.ids import Did

ACCEPT_LABELERS = b"atproto-accept-labelers"
CONTENT_LABELERS = "atproto-content-labelers"

_PARAMETER = re.compile(
    r"(?P<key>[a-z*][a-z0-9_.*-]*)(?:=(?P<value>\?[01]|[A-Za-z0-9*][\w!#$%&'*+.^`|~:/-]*))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class AcceptedLabeler:
    """One labeler; `redact` says that what it takes down is not even to be mentioned."""

    did: Did
    redact: bool = False


def read_accept_labelers(header: bytes | None) -> tuple[AcceptedLabeler, ...] | None:
    """Read the header: None when it is absent, which is not the same as empty; who is named twice counts once.

    Raises: Rejected InvalidRequest for bad syntax.
    """
    if header is None:
        return None
    found: dict[str, bool] = {}
    text = header.decode("latin-1").strip()
    for item in text.split(",") if text else ():
        did, *parameters = (part.strip() for part in item.split(";"))
        if not is_did(did):
            raise invalid("atproto-accept-labelers", "DIDs, each perhaps with ;redact", repr(item))
        found[did] = found.get(did, False) or _redacts(parameters)
    return tuple(AcceptedLabeler(Did(did), redact) for did, redact in found.items())


def write_labelers(labelers: Iterable[AcceptedLabeler]) -> str:
    """The same list as a header of an answer."""
    return ", ".join(f"{one.did};redact" if one.redact else one.did for one in labelers)


def _redacts(parameters: Iterable[str]) -> bool:
    redact = False
    for parameter in parameters:
        match = _PARAMETER.fullmatch(parameter)
        if match is None:
            raise invalid("atproto-accept-labelers", "parameters such as ;redact", repr(parameter))
        if match["key"] == "redact":
            redact = match["value"] in (None, "?1")
    return redact
