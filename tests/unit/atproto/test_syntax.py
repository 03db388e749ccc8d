"""Identifiers and texts: the official vectors, valid and invalid, and what they leave open."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_data import INTEROP, line_cases
from skywarden.atproto.syntax.at_identifier import is_at_identifier
from skywarden.atproto.syntax.at_uri import AtUriParts, at_uri, is_at_uri, parse_at_uri
from skywarden.atproto.syntax.cid import is_cid_text
from skywarden.atproto.syntax.datetime import datetime_micros, datetime_text, is_datetime
from skywarden.atproto.syntax.did import did_method, is_did, is_plc_did, parse_did
from skywarden.atproto.syntax.handle import is_handle, is_resolvable, parse_handle
from skywarden.atproto.syntax.language import is_language, is_valid_language
from skywarden.atproto.syntax.nsid import is_nsid, parse_nsid
from skywarden.atproto.syntax.record_key import is_record_key, parse_record_key
from skywarden.atproto.syntax.uri import is_uri
from skywarden.kernel.errors import Rejected

JUDGES: dict[str, Callable[[str], bool]] = {
    "atidentifier": is_at_identifier,
    "aturi": is_at_uri,
    "cid": is_cid_text,
    "datetime": is_datetime,
    "did": is_did,
    "handle": is_handle,
    "language": is_language,
    "nsid": is_nsid,
    "recordkey": is_record_key,
    "uri": is_uri,
}


def vectors(verdict: str) -> list[object]:
    return [
        pytest.param(kind, text, id=f"{kind}-{index}", marks=getattr(text, "marks", ()))
        for kind in JUDGES
        for index, text in enumerate(line_cases(INTEROP / "syntax" / f"{kind}_syntax_{verdict}.txt"))
    ]


@pytest.mark.parametrize("kind, text", vectors("valid"))
def test_official_valid_text_is_taken(kind: str, text: str) -> None:
    assert JUDGES[kind](text), text


@pytest.mark.parametrize("kind, text", vectors("invalid"))
def test_official_invalid_text_is_refused(kind: str, text: str) -> None:
    assert not JUDGES[kind](text), text


@pytest.mark.parametrize("text", line_cases(INTEROP / "syntax" / "datetime_parse_invalid.txt"))
def test_days_that_do_not_exist_are_refused(text: str) -> None:
    assert not is_datetime(text)


@pytest.mark.parametrize("text", line_cases(INTEROP / "syntax" / "language_parse_invalid.txt"))
def test_tags_that_repeat_a_part_are_well_formed_but_not_valid(text: str) -> None:
    assert is_language(text)
    assert not is_valid_language(text)


@pytest.mark.parametrize("text", line_cases(INTEROP / "syntax" / "language_syntax_valid.txt"))
def test_official_valid_tags_repeat_nothing(text: str) -> None:
    assert is_valid_language(text)


@pytest.mark.parametrize(
    "text, us",
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.000001Z", 1),
        ("1970-01-01T00:00:00.0000019Z", 1),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T17:00:00-07:00", 0),
        ("1969-12-31T23:59:59.5Z", -500_000),
        ("2024-02-29T12:00:00.123Z", 1_709_208_000_123_000),
        ("9999-12-31T23:59:59Z", 253_402_300_799_000_000),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000_000),
    ],
)
def test_a_datetime_is_a_moment(text: str, us: int) -> None:
    assert datetime_micros(text) == us


@pytest.mark.parametrize(
    "text", ["2023-02-29T00:00:00Z", "9999-02-29T00:00:00Z", "1970-01-01T24:00:00Z", "1970-01-01T00:00:00Z" + "0" * 60]
)
def test_other_text_is_no_moment(text: str) -> None:
    with pytest.raises(Rejected) as error:
        datetime_micros(text)
    assert error.value.reason == "datetime-syntax"


@given(st.integers(-62_135_596_800_000, 253_402_300_799_000))
def test_a_moment_is_written_and_read_back_to_the_millisecond(ms: int) -> None:
    assert datetime_micros(datetime_text(ms * 1_000 + 7)) == ms * 1_000


def test_an_at_uri_is_taken_apart_and_put_together() -> None:
    text = at_uri("did:plc:44ybard66vv44zksje25o7dz", "app.bsky.feed.post", "3migo7fijwi2k")
    parts = parse_at_uri(text)
    assert parts == AtUriParts(
        "did:plc:44ybard66vv44zksje25o7dz", parse_nsid("app.bsky.feed.post"), parse_record_key("3migo7fijwi2k")
    )
    assert str(parts) == text
    assert str(parse_at_uri("at://alice.test")) == "at://alice.test"


def test_each_kind_names_itself_when_it_refuses() -> None:
    refusals = []
    for parse in (parse_did, parse_handle, parse_nsid, parse_record_key, parse_at_uri):
        with pytest.raises(Rejected) as error:
            parse("not good")
        refusals.append(error.value.reason)
    assert refusals == ["did-syntax", "handle-syntax", "nsid-syntax", "rkey-syntax", "at-uri-syntax"]


def test_a_handle_is_kept_in_lower_case() -> None:
    assert parse_handle("Alice.Example.COM") == "alice.example.com"


@pytest.mark.parametrize("handle", ["a.local", "a.onion", "a.INTERNAL", "a.test", "a.localhost", "a.b.arpa", "a.alt"])
def test_reserved_domains_are_not_looked_up(handle: str) -> None:
    assert not is_resolvable(handle)


def test_test_handles_are_looked_up_in_development() -> None:
    assert is_resolvable("alice.test", allow_test=True)
    assert is_resolvable("alice.bsky.social")


def test_a_plc_did_has_24_characters() -> None:
    assert is_plc_did("did:plc:44ybard66vv44zksje25o7dz")
    assert not is_plc_did("did:plc:44ybard66vv44zksje25o7d1")
    assert did_method("did:web:example.com") == "web"


@pytest.mark.parametrize("kind", JUDGES)
def test_very_long_text_is_refused_at_once(kind: str) -> None:
    for text in (
        "a" * 100_000,
        "a." * 50_000 + "com",
        "did:plc:" + "a" * 100_000,
        "a-" * 50_000,
        "x-a" + "-a" * 50_000,
    ):
        assert not JUDGES[kind](text)


def test_a_line_break_at_the_end_is_refused() -> None:
    for kind, good in {
        "did": "did:plc:abc",
        "handle": "a.com",
        "nsid": "a.b.c",
        "recordkey": "self",
        "uri": "a:b",
    }.items():
        assert JUDGES[kind](good)
        assert not JUDGES[kind](good + "\n")
