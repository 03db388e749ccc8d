"""Text that databases dislike is kept as it is or refused by name, on each of them alike; a cursor is never trusted."""

import base64

import pytest

from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did
from skywarden.moderation.desk import Desk
from skywarden.moderation.desk.safelinks import LinkQuery
from skywarden.moderation.desk.sets import SetQuery
from skywarden.moderation.desk.team import MemberQuery
from skywarden.moderation.desk.verifications import VerificationQuery

ANNA = Did("did:plc:anna")
ODD = [
    "'; DROP TABLE value_set; --",
    "100%_",
    "\\",
    "\U0010ffff",
    "a\u0301",
    "\u00e1",
    "\u202e",
    "line\nbreak",
    "e" * 5_000,
]


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_odd_values_come_back_as_they_were(desk: Desk) -> None:
    desk.sets.upsert("odd", None, ANNA)
    desk.sets.add_values("odd", ODD, ANNA)
    named, page = desk.sets.values("odd", 100, None)
    assert (named.size, list(page.rows)) == (len(ODD), ODD)
    desk.sets.delete_values("odd", ODD, ANNA)
    assert desk.sets.values("odd", 100, None)[0].size == 0


def test_a_nul_is_kept_or_replaced_and_found_again(desk: Desk) -> None:
    desk.sets.upsert("odd", None, ANNA)
    for _ in range(2):
        desk.sets.add_values("odd", ["a\0b"], ANNA)
    named, page = desk.sets.values("odd", 100, None)
    assert (named.size, page.rows[0]) in [(1, "a\0b"), (1, "a\ufffdb")]
    desk.sets.delete_values("odd", ["a\0b"], ANNA)
    assert desk.sets.values("odd", 100, None)[0].size == 0


WRONG = ("[]", "[null]", "[1, 2, 3]", "{}", f"[{10**30}]", f"[{10**30}, 1]", "[1.5]", "[NaN]", "[" * 5_000)


@pytest.mark.parametrize("bad", ["", "%", "=", "ü", *map(cursor, WRONG)])
def test_a_cursor_of_strangers_is_refused(desk: Desk, bad: str) -> None:
    for ask in (
        lambda: desk.team.list(MemberQuery(cursor=bad)),
        lambda: desk.sets.query(SetQuery(cursor=bad)),
        lambda: desk.sets.query(SetQuery(sort_by="updatedAt", cursor=bad)),
        lambda: desk.safelinks.events(LinkQuery(cursor=bad)),
        lambda: desk.verifications.list(VerificationQuery(cursor=bad)),
    ):
        with pytest.raises(Rejected, match="InvalidRequest"):
            ask()
