"""Query strings and bodies into structs, as lexicons declare them."""

from typing import Annotated, Literal
from urllib.parse import quote

import msgspec
import pytest

from skywarden.api.formats import DidText
from skywarden.api.inputs import BodyReader, ParamsReader
from skywarden.kernel.errors import Rejected
from skywarden.kernel.ids import Did


class Params(msgspec.Struct, frozen=True, rename="camel"):
    """One parameter of each kind."""

    some_text: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    only_muted: bool | None = None
    dids: tuple[DidText, ...] = ()
    sort: Literal["asc", "desc"] = "desc"
    counts: tuple[int, ...] = ()


class Inner(msgspec.Struct, frozen=True, rename="camel"):
    """A part of a body."""

    did: DidText


class Body(msgspec.Struct, frozen=True, rename="camel"):
    """A body with a list of parts."""

    inner_ones: tuple[Inner, ...]
    note: str | None = None


READER = ParamsReader(Params)
DID = Did("did:plc:" + "a" * 24)


def refusal(query: bytes) -> Rejected:
    with pytest.raises(Rejected) as error:
        READER.read(query)
    assert error.value.reason == "InvalidRequest"
    return error.value


def test_what_is_absent_has_its_default_and_unknown_names_are_passed_over() -> None:
    assert READER.read(b"") == Params()
    assert READER.read(b"unknown=1&=&&unknown=2") == Params()


def test_values_come_as_their_types_and_arrays_by_repetition() -> None:
    query = f"someText=a%20b+c%26&limit=7&onlyMuted=false&dids={DID}&sort=asc&dids={DID}&counts=-1&counts=0".encode()
    assert READER.read(query) == Params("a b c&", 7, False, (DID, DID), "asc", (-1, 0))


@pytest.mark.parametrize(
    "text", ["", "x", "1.0", "1e1", "+1", "01", "0x1", " 1", "1_0", "\u0661", "0", "101", "9" * 30]
)
def test_a_whole_number_is_digits_within_its_bounds(text: str) -> None:
    assert refusal(f"limit={quote(text)}".encode()).place == "limit"


@pytest.mark.parametrize("text", ["", "1", "0", "True", "yes", "null"])
def test_a_truth_value_is_true_or_false(text: str) -> None:
    assert refusal(f"onlyMuted={text}".encode()).place == "onlyMuted"


def test_one_of_several_is_named_by_its_place() -> None:
    assert refusal(f"dids={DID}&dids=alice".encode()).place == "dids[1]"
    assert "format did" in str(refusal(b"dids=alice"))


def test_a_single_value_is_not_given_twice() -> None:
    assert refusal(b"limit=1&limit=2").place == "limit"


@pytest.mark.parametrize("query", [b"someText=%ff", b"someText=\xff", b"%ff=1"])
def test_what_is_no_utf_8_is_refused(query: bytes) -> None:
    refusal(query)


def test_a_value_outside_an_enum_is_refused() -> None:
    assert refusal(b"sort=up").place == "sort"


def body_refusal(body: bytes) -> Rejected:
    with pytest.raises(Rejected) as error:
        BodyReader(Body).read(body)
    assert error.value.reason == "InvalidRequest"
    return error.value


def test_a_missing_field_is_named_with_the_way_to_it() -> None:
    assert body_refusal(b"{}").place == "innerOnes"
    assert body_refusal(b'{"innerOnes":[{}]}').place == "innerOnes[0].did"
    assert body_refusal(b'{"innerOnes":[{"did":7}]}').place == "innerOnes[0].did"


def test_unknown_fields_of_a_body_are_passed_over() -> None:
    read = BodyReader(Body).read(f'{{"innerOnes":[{{"did":"{DID}","x":1}}],"more":[]}}'.encode())
    assert [inner.did for inner in read.inner_ones] == [DID]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"innerOnes":[],"note":"\\ud800"}'])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    body_refusal(body)
