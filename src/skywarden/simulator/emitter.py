"""Turn acts into numbered, signed frames, the ground truth of the abusive ones, and what the world learns from them."""

import msgspec

from skywarden.atproto.car import write_car
from skywarden.atproto.cid import cid_text
from skywarden.atproto.frames import build_frame
from skywarden.atproto.node import Link
from skywarden.kernel.ids import AtUri, Cid, Did, Seq, UtcMicros
from skywarden.simulator.accounts import Account, Role
from skywarden.simulator.acts import Act, CommitAct, JoinAct, RenameAct, StatusAct, SyncAct, Truth, Write
from skywarden.simulator.ledger import Ledger
from skywarden.simulator.moments import TidCounter, iso_millis, whole_millis
from skywarden.simulator.records import PROFILE, SELF, PostRef
from skywarden.simulator.repositories import Repositories
from skywarden.simulator.repository import Change, Repository
from skywarden.simulator.sqlite import StoredFrame
from skywarden.simulator.world import World

CUT_ABOVE = 400
"""An ordinary repository of more records is cut, and its host states the new head with #sync."""
CUT_TO = 200

_REV_CLOCK_ID = 9


class TruthLine(msgspec.Struct, frozen=True):
    """One abusive operation. `uri` is a record, or the DID where the act changed the account itself."""

    seq: Seq
    time_us: UtcMicros
    did: Did
    uri: str
    cid: Cid | None
    action: str
    kind: str
    campaign: str
    strength: str


class Emitter:
    """Writes frames into the ledger; the caller flushes it."""

    def __init__(self, world: World, repositories: Repositories, ledger: Ledger, last: StoredFrame | None) -> None:
        self._world = world
        self._repositories = repositories
        self._ledger = ledger
        self._seq = Seq(0) if last is None else last.seq
        self._time_us = UtcMicros(0) if last is None else last.time_us
        self._revs = TidCounter(_REV_CLOCK_ID, UtcMicros(max(self._time_us, world.now_us)))
        self._oversized: list[int] = []

    @property
    def last_seq(self) -> Seq:
        return self._seq

    def emit(self, act: Act) -> list[PostRef]:
        """Carry out an act; give back the posts that it made. What no longer fits emits nothing."""
        account = self._world.register[act.account]
        match act:
            case CommitAct(writes=writes, truth=truth):
                return self._commit(account, writes, truth)
            case JoinAct(truth=truth):
                self._join(account, truth)
            case RenameAct(handle=handle, truth=truth):
                renamed = self._world.population.rename(account, handle, self._world.now_us)
                self._identity(renamed, truth)
            case StatusAct(active=active, status=status):
                self._change_status(account, active, status)
            case SyncAct(keep=keep):
                self._state(account, keep)
        return []

    def take_oversized(self) -> list[int]:
        """Ordinary accounts whose repository has become too big to keep whole."""
        oversized, self._oversized = self._oversized, []
        return oversized

    # --- what each act puts on the wire -----------------------------------------------------------------------------

    def _commit(self, account: Account, writes: tuple[Write, ...], truth: Truth | None) -> list[PostRef]:
        if not account.active:
            return []
        repository = self._repositories.open(account)
        change = repository.write(writes, self._revs.next(self._world.now_us))
        if change is None:
            return []
        self._put("#commit", _commit_body(account, change))
        self._ledger.batch.heads[account.index] = repository.head
        for path, record in change.records.items():
            self._ledger.batch.records[account.index, path] = record
        if repository.size > CUT_ABOVE and account.role is not Role.ABUSER:
            self._oversized.append(account.index)
        return [ref for write, cid in change.done if (ref := self._learn(account, write, cid, truth))]

    def _learn(self, account: Account, write: Write, raw: bytes | None, truth: Truth | None) -> PostRef | None:
        cid = None if raw is None else cid_text(raw)
        if truth is not None:
            self._tell(account, AtUri(f"at://{account.did}/{write.path}"), cid, write.action, truth)
        return self._world.note_write(account, write, cid)

    def _join(self, account: Account, truth: Truth | None) -> None:
        self._identity(account, truth)
        self._put("#account", {"did": account.did, "active": True})
        self._sync(account, self._repositories.open(account))
        self._commit(account, (Write("create", PROFILE, SELF, self._world.founding.profile(account)),), truth)

    def _identity(self, account: Account, truth: Truth | None) -> None:
        self._put("#identity", {"did": account.did, "handle": account.handle})
        if truth is not None:
            self._tell(account, account.did, None, "identity", truth)

    def _change_status(self, account: Account, active: bool, status: str | None) -> None:
        if (account.active, account.status) == (active, status):
            return
        self._world.register.put(msgspec.structs.replace(account, active=active, status=status))
        body: dict[str, object] = {"did": account.did, "active": active}
        self._put("#account", body if status is None else {**body, "status": status})
        if status == "deleted":
            self._repositories.drop(account)
            batch = self._ledger.batch
            batch.records = {key: value for key, value in batch.records.items() if key[0] != account.index}
            batch.heads[account.index] = None

    def _state(self, account: Account, keep: int | None) -> None:
        if not account.active:
            return
        repository = self._repositories.open(account)
        if keep is not None:
            for path in repository.cut(keep, self._revs.next(self._world.now_us)):
                self._ledger.batch.records[account.index, path] = None
            self._ledger.batch.heads[account.index] = repository.head
        self._sync(account, repository)

    def _sync(self, account: Account, repository: Repository) -> None:
        commit = repository.commit_cid
        car = write_car(commit, [(commit, repository.head.commit_block)])
        self._put("#sync", {"did": account.did, "rev": repository.head.rev, "blocks": car})

    # --- numbering --------------------------------------------------------------------------------------------------

    def _put(self, kind: str, body: dict[str, object]) -> None:
        self._seq = Seq(self._seq + 1)
        self._time_us = max(self._time_us, whole_millis(self._world.now_us))
        frame = build_frame(kind, {"seq": self._seq, **body, "time": iso_millis(self._time_us)})
        self._ledger.batch.frames.append(StoredFrame(self._seq, self._time_us, frame))

    def _tell(self, account: Account, uri: str, cid: Cid | None, action: str, truth: Truth) -> None:
        line = TruthLine(
            self._seq,
            self._time_us,
            account.did,
            uri,
            cid,
            action,
            truth.kind,
            truth.campaign,
            truth.strength,
        )
        self._ledger.batch.truth.append(msgspec.json.encode(line))


def _commit_body(account: Account, change: Change) -> dict[str, object]:
    return {
        "repo": account.did,
        "rev": change.rev,
        "since": change.since,
        "commit": Link(change.commit),
        "prevData": Link(change.prev_data),
        "ops": [
            {
                "action": op.action,
                "path": op.path,
                "cid": None if op.cid is None else Link(op.cid),
                **({} if op.prev is None else {"prev": Link(op.prev)}),
            }
            for op in change.ops
        ],
        "blocks": change.blocks,
        "blobs": [],
        "rebase": False,
        "tooBig": False,
    }
