"""The header atproto-accept-labelers."""

import pytest

from skywarden.api.accept_labelers import AcceptedLabeler, read_accept_labelers, write_labelers
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did

ONE, TWO = Did("did:plc:" + "a" * 24), Did("did:web:labels.example")


def test_absent_is_not_empty() -> None:
    assert read_accept_labelers(None) is None
    assert read_accept_labelers(b"") == ()


def test_labelers_come_in_their_order_and_may_redact() -> None:
    read = read_accept_labelers(f"{ONE};redact , {TWO}".encode())
    assert read == (AcceptedLabeler(ONE, redact=True), AcceptedLabeler(TWO))
    assert write_labelers(read) == f"{ONE};redact, {TWO}"


def test_who_is_named_twice_counts_once_and_redacts_if_either_does() -> None:
    assert read_accept_labelers(f"{ONE}, {ONE}; redact".encode()) == (AcceptedLabeler(ONE, redact=True),)


def test_other_parameters_are_passed_over() -> None:
    assert read_accept_labelers(f"{ONE};redact=?0;level=low".encode()) == (AcceptedLabeler(ONE),)


@pytest.mark.parametrize(
    "header", ["alice.example", f"{ONE},", f"{ONE} {TWO}", f"{ONE};", f"{ONE};=x", f"{ONE};a b", "*"]
)
def test_bad_syntax_is_an_error(header: str) -> None:
    with pytest.raises(Rejected, match="atproto-accept-labelers"):
        read_accept_labelers(header.encode())
