"""Turn one record of a repository's export into a row."""

from skywarden.atproto.cid import cid_text
from skywarden.atproto.repo_car import RepoCar
from skywarden.ingest.decode.record_json import record_of_block, record_text
from skywarden.ingest.normalize import normalize
from skywarden.ingest.rows import RowBuilder
from skywarden.kernel.errors import Rejected
from skywarden.model.event import Action


def add_record(rows: RowBuilder, repo: RepoCar, path: str, cid: bytes, *, time_us: int, action: Action) -> None:
    """Add the record at `path`, as of the export's commit. Raises: Rejected, when it is absent, false or no record."""
    record = record_of_block(repo.record(path, cid).block)
    collection, _, rkey = path.partition("/")
    rows.add_operation(
        seq=None,
        time_us=time_us,
        did=repo.commit.did,
        action=action,
        collection=collection,
        rkey=rkey,
        rev=repo.commit.rev,
        cid=cid_text(cid),
        record=record_text(record),
        columns=normalize(collection, record),
    )


def block_of(repo: RepoCar, cid: bytes) -> bytes:
    """The block that was refused, or the CID of one that is absent."""
    try:
        return repo.blocks[cid]
    except (KeyError, Rejected):
        return cid
