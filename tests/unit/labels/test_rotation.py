"""A new key signs what the old one signed: the same labels under another signature, wherever they are read."""

import libipld
import pytest
from atproto_crypto.verify import verify_signature
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from label_samples import KEY, LABELER, START_US, ask, ask_many, make_labels
from skywarden.atproto.frames import parse_frame
from skywarden.atproto.keys import PrivateKey
from skywarden.kernel.ids import Cid, Did, Seq
from skywarden.labels import LabelQuery, LabelService, verify_label
from skywarden.labels.frames import row_frame
from skywarden.labels.wire import label_frame, label_json
from skywarden.model.label import Label, NumberedLabel
from skywarden.storage import Database
from skywarden.storage.tables import LABEL, SIGNING_KEY

NEW_KEY = PrivateKey.from_hex("33" * 32)
NEWEST_KEY = PrivateKey.from_hex("44" * 32)


def foreign_accepts(key: PrivateKey, numbered: NumberedLabel) -> bool:
    """Ask the atproto SDK, which knows only the DID document's key and the label as JSON has it."""
    fields = {name: value for name, value in label_json(numbered.label).items() if name != "sig"}
    assert numbered.label.sig is not None
    return bool(verify_signature(key.did_key, libipld.encode_dag_cbor(fields), numbered.label.sig))


def key_ids(database: Database) -> list[int]:
    with database.read() as tx:
        return list(tx.execute(select(LABEL.c.signing_key_id).order_by(LABEL.c.seq)).scalars())


@pytest.fixture
def rotated(database: Database) -> LabelService:
    """Labels of every shape, published under the old key, served under the new one."""
    ask(database, "did:plc:a", cid="bafyreifxykqhed72s26cr4i64rxvrtofeqrly3j4vjzbkvo3ckkjbxjqtq")
    ask(database, "did:plc:b", neg=True)
    ask(database, "did:plc:c", expires_us=START_US * 2)
    make_labels(database).publish_pending()
    return make_labels(database, key=NEW_KEY)


def test_every_way_to_read_gives_the_new_signature(database: Database, rotated: LabelService) -> None:
    ways = [rotated.from_seq(1, 9), list(reversed(rotated.recent_labels(9)))]
    for numbered in ways[0]:
        assert foreign_accepts(NEW_KEY, numbered)
        assert not foreign_accepts(KEY, numbered)
    assert ways[0] == ways[1]
    assert list(rotated.query(LabelQuery(("*",))).labels) == [ways[0][0], ways[0][2]]
    assert [frame.data for frame in rotated.stored_frames(1, 9)] == [label_frame(item) for item in ways[0]]


def test_a_new_signature_changes_neither_seq_nor_time(database: Database, rotated: LabelService) -> None:
    before = [(item.seq, item.label.cts, item.label.exp) for item in make_labels(database).from_seq(1, 9)]
    assert [(item.seq, item.label.cts, item.label.exp) for item in rotated.from_seq(1, 9)] == before


def test_what_was_read_is_stored_in_batches_and_nothing_else(database: Database, rotated: LabelService) -> None:
    old, new = 1, 2
    rotated.from_seq(1, 2)
    rotated.publish_pending(limit=1)
    assert key_ids(database) == [new, old, old]
    rotated.publish_pending(limit=9)
    assert key_ids(database) == [new, new, old]
    verify_label(rotated.from_seq(1, 1)[0].label, NEW_KEY.public)


def test_a_process_with_the_old_key_neither_breaks_nor_undoes_the_rotation(database: Database) -> None:
    old = make_labels(database)
    ask_many(database, 1)
    old.publish_pending()
    new = make_labels(database, key=NEW_KEY)
    ask_many(database, 1, first=1)
    new.publish_pending()
    ask_many(database, 1, first=2)
    old.publish_pending()
    assert key_ids(database) == [1, 2, 1]
    assert foreign_accepts(NEW_KEY, old.from_seq(2, 1)[0])
    assert all(foreign_accepts(NEW_KEY, item) for item in new.from_seq(1, 9))


def test_a_key_can_be_taken_back_into_use(database: Database, rotated: LabelService) -> None:
    rotated.from_seq(1, 9)
    rotated.publish_pending()
    again = make_labels(database, key=KEY)
    assert all(foreign_accepts(KEY, item) for item in again.from_seq(1, 9))
    with database.read() as tx:
        assert tx.execute(select(SIGNING_KEY.c.did_key).order_by(SIGNING_KEY.c.created_us.desc())).scalars().all() == [
            KEY.did_key,
            NEW_KEY.did_key,
        ]


def test_labels_of_two_keys_ago_are_signed_again_too(database: Database, rotated: LabelService) -> None:
    rotated.from_seq(1, 1)
    rotated.publish_pending()
    newest = make_labels(database, key=NEWEST_KEY)
    assert all(foreign_accepts(NEWEST_KEY, item) for item in newest.from_seq(1, 9))
    newest.publish_pending()
    assert set(key_ids(database)) == {3}


maybe_time = st.none() | st.just("2030-01-01T00:00:00.000Z")


@given(
    st.integers(1, 2**53),
    st.text(min_size=1, max_size=200),
    st.none() | st.just(Cid("bafyreifxykqhed72s26cr4i64rxvrtofeqrly3j4vjzbkvo3ckkjbxjqtq")),
    st.booleans(),
    maybe_time,
    st.binary(min_size=64, max_size=64) | st.just(b"\x01" * 64) | st.just(b"\x12\x20" * 32),
)
def test_a_frame_made_of_a_row_is_the_frame_made_of_the_label(
    seq: int, uri: str, cid: Cid | None, neg: bool, exp: str | None, sig: bytes
) -> None:
    label = Label(Did(LABELER), uri, "spam", "2024-10-23T17:51:19.128Z", cid, neg, exp, sig=sig)
    frame = row_frame(seq, label.src, uri, cid, label.val, neg, label.cts, exp, sig)
    assert frame.data == label_frame(NumberedLabel(Seq(seq), label))
    assert parse_frame(frame.data)
