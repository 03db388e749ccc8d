"""What somebody in the simulated network does next; the emitter turns it into frames."""

from dataclasses import dataclass
from typing import Literal

from skywarden.kernel.ids import Handle, RecordKey
from skywarden.simulator.records import Record


@dataclass(frozen=True, slots=True)
class Truth:
    """Why an act is abuse. `kind` is the campaign's kind, `strength` how hard it is to miss."""

    kind: str
    campaign: str
    strength: str


@dataclass(frozen=True, slots=True)
class Write:
    """One operation on a repository; `record` is None for a delete."""

    action: Literal["create", "update", "delete"]
    collection: str
    rkey: RecordKey
    record: Record | None = None

    @property
    def path(self) -> str:
        return f"{self.collection}/{self.rkey}"


@dataclass(frozen=True, slots=True)
class CommitAct:
    """Write to the own repository, all in one commit. Updates and deletes of what is not there are left out."""

    account: int
    writes: tuple[Write, ...]
    truth: Truth | None = None


@dataclass(frozen=True, slots=True)
class JoinAct:
    """Announce an account that was just registered, with its first profile."""

    account: int
    truth: Truth | None = None


@dataclass(frozen=True, slots=True)
class RenameAct:
    """Take another handle."""

    account: int
    handle: Handle
    truth: Truth | None = None


@dataclass(frozen=True, slots=True)
class StatusAct:
    """The account's host changes its status."""

    account: int
    active: bool
    status: str | None = None


@dataclass(frozen=True, slots=True)
class SyncAct:
    """The account's host states where the repository stands; with `keep`, after cutting it to its newest records."""

    account: int
    keep: int | None = None


Act = CommitAct | JoinAct | RenameAct | StatusAct | SyncAct
