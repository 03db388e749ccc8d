"""Name one change to a repository: what a commit says it did at a path."""

import re
from typing import Final, Literal

import msgspec

OpAction = Literal["create", "update", "delete"]

MAX_PATH_BYTES: Final = 1_024
_PATH = re.compile(r"[a-zA-Z0-9.-]{3,317}/(?!\.{1,2}$)[a-zA-Z0-9_~.:-]{1,512}")


class RepoOp(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One operation; `cid` is the record's after it (None: deleted), `prev` the record's before it."""

    action: OpAction
    path: str
    cid: bytes | None = None
    prev: bytes | None = None


def is_repo_path(path: str) -> bool:
    """Tell whether this is collection/rkey in the characters that a repository's key may hold."""
    return _PATH.fullmatch(path) is not None
