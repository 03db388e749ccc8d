"""Repository exports: the records come in order, and only what the commit's tree names."""

from pathlib import Path

import pytest

from shared_data import ROOT, present
from skywarden.atproto.car import write_car
from skywarden.atproto.cbor import decode, encode
from skywarden.atproto.cid import cid_bytes_of, cid_text
from skywarden.atproto.commit import check_signature, sign_commit
from skywarden.atproto.keys import PrivateKey
from skywarden.atproto.mst import Mst
from skywarden.atproto.repo_car import open_repo, read_repo_car
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did, Tid

CARS = ROOT / "repo_cars"
KEY = PrivateKey.from_hex("11" * 32)


def export(records: dict[str, bytes], *, without: bytes = b"") -> bytes:
    tree = Mst.empty()
    for path, block in records.items():
        tree = tree.add(path, cid_bytes_of(block))
    commit = sign_commit(KEY, Did("did:plc:44ybard66vv44zksje25o7dz"), tree.root, Tid("3migo7fijwi2k"))
    blocks = {cid_bytes_of(commit): commit, **dict(tree.blocks()), **{cid_bytes_of(b): b for b in records.values()}}
    blocks.pop(cid_bytes_of(without), None)
    return write_car(cid_bytes_of(commit), blocks.items())


RECORDS = {f"app.bsky.feed.post/{number:04}": encode({"n": number}) for number in range(100)}


def test_an_export_gives_its_records_in_the_order_of_their_paths() -> None:
    repo = read_repo_car(export(dict(reversed(RECORDS.items()))))
    check_signature(repo.commit, KEY.public)
    assert {record.path: record.block for record in repo.records()} == RECORDS
    assert [record.path for record in repo.records()] == sorted(RECORDS)


def test_an_export_on_disk_is_read_as_one_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "repo.car"
    path.write_bytes(export(RECORDS))
    with open_repo(path) as repo:
        assert {record.path: record.block for record in repo.records()} == RECORDS


def test_one_missing_record_does_not_hide_the_others() -> None:
    lost = RECORDS["app.bsky.feed.post/0050"]
    repo = read_repo_car(export(RECORDS, without=lost))
    assert len(list(repo.entries())) == 100
    assert len(list(repo.records(partial=True))) == 99
    with pytest.raises(Rejected) as error:
        repo.record("app.bsky.feed.post/0050", cid_bytes_of(lost))
    assert error.value.reason == "car-block-missing"


def test_the_reference_export_equals_its_listing() -> None:
    lines = present(CARS / "jetstream_repo.expected_records.tsv").read_text().splitlines()
    commit = (CARS / "jetstream_repo.expected_commit.txt").read_text()
    with open_repo(CARS / "jetstream_repo.car") as repo:
        assert [f"{record.path}\t{cid_text(record.cid)}" for record in repo.records()] == lines
        assert f"DID: {repo.commit.did}" in commit
        assert f"Data CID: {cid_text(repo.commit.data)}" in commit
        assert f"Revision: {repo.commit.rev}" in commit


@pytest.mark.parametrize(
    "name, count",
    [("calabro.car", 4_347), ("repostream_empty.car", 0), ("repostream_tiny.car", 8), ("rsky_valid_repo.car", 6)],
)
def test_current_exports_are_read_whole(name: str, count: int) -> None:
    with open_repo(present(CARS / name)) as repo:
        records = list(repo.records())
        assert len(records) == count
        assert all(isinstance(decode(record.block), dict) for record in records)


def test_a_records_proof_gives_that_record_and_is_refused_as_a_whole_repository() -> None:
    with open_repo(present(CARS / "skyfall_attie.car")) as repo:
        assert len(list(repo.records(partial=True))) == 1
        with pytest.raises(Rejected) as error:
            list(repo.records())
    assert error.value.reason == "mst-block-missing"


@pytest.mark.parametrize("name", ["indigo_divy.repo", "indigo_fakermaker.repo.car", "indigo_paul_staging.repo.car"])
def test_exports_of_the_old_version_are_refused_by_name(name: str) -> None:
    with pytest.raises(Rejected) as error:
        open_repo(present(CARS / name))
    assert error.value.reason == "commit-version"
