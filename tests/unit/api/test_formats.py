"""The string formats of lexicons as types: they take exactly what the checks of the syntax package take."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_data import INTEROP, line_cases
from skywarden.api import formats
from skywarden.api.formats import say_format
from skywarden.atproto.cid import cid_parse, cid_text
from skywarden.atproto.syntax.at_identifier import is_at_identifier
from skywarden.atproto.syntax.at_uri import is_at_uri
from skywarden.atproto.syntax.datetime import datetime_text, is_datetime
from skywarden.atproto.syntax.did import is_did
from skywarden.atproto.syntax.handle import is_handle
from skywarden.atproto.syntax.language import is_language
from skywarden.atproto.syntax.nsid import is_nsid
from skywarden.atproto.syntax.uri import is_uri
from skywarden.kernel.errors import Rejected

Check = Callable[[str], bool]


def is_our_cid(text: str) -> bool:
    try:
        return bool(cid_parse(text))
    except Rejected:
        return False


CHECKS: dict[str, tuple[Any, Check]] = {
    "did": (formats.DidText, is_did),
    "handle": (formats.HandleText, is_handle),
    "atidentifier": (formats.AtIdentifierText, is_at_identifier),
    "aturi": (formats.AtUriText, is_at_uri),
    "datetime": (formats.DatetimeText, is_datetime),
    "nsid": (formats.NsidText, is_nsid),
    "language": (formats.LanguageText, is_language),
}
"""By the name of the interoperability tests' files."""


def takes(kind: Any, text: str) -> bool:
    try:
        msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return False
    return True


def cases() -> list[Any]:
    found = []
    for name in CHECKS:
        for judged in ("valid", "invalid"):
            lines = line_cases(INTEROP / "syntax" / f"{name}_syntax_{judged}.txt")
            found += [pytest.param(name, line) if isinstance(line, str) else line for line in lines]
    return found


def test_real_texts_and_broken_ones_are_told_apart_as_the_syntax_says() -> None:
    lines = [(case.values[0], case.values[1]) for case in cases() if len(case.values) == 2]
    if not lines:
        pytest.skip("shared data is absent: interoperability tests")
    wrong = [(name, text) for name, text in lines if takes(CHECKS[name][0], text) != CHECKS[name][1](text)]
    assert len(lines) > 400
    assert wrong == []


@given(st.text("dip:clwebt@/.#az09-_~%A\n ", max_size=40))
def test_random_texts_are_told_apart_as_the_syntax_says(text: str) -> None:
    for kind, check in CHECKS.values():
        assert takes(kind, text) == check(text)
    for prefix in ("did:plc:", "at://did:web:a.b/", "at://a.bc/app.bsky.feed.post/"):
        assert takes(formats.DidText, prefix + text) == is_did(prefix + text)
        assert takes(formats.AtUriText, prefix + text) == is_at_uri(prefix + text)
    assert takes(formats.UriText, f"a:{text}") == is_uri(f"a:{text}")


@given(
    st.integers(min_value=-(10**15), max_value=10**17), st.sampled_from(["Z", "+00:00", "-00:00", "z", "+14:30", ""])
)
def test_datetimes_of_any_day_are_told_apart_as_the_syntax_says(us: int, zone: str) -> None:
    text = datetime_text(us)[:-1] + zone
    assert takes(formats.DatetimeText, text) == is_datetime(text)


@pytest.mark.parametrize("day", ["2023-02-29", "2024-02-30", "2023-04-31", "1900-02-29", "2023-13-01", "2023-00-10"])
def test_days_that_do_not_exist_are_refused(day: str) -> None:
    assert not takes(formats.DatetimeText, f"{day}T00:00:00Z")


def test_leap_days_are_taken() -> None:
    assert takes(formats.DatetimeText, "2024-02-29T00:00:00Z")
    assert takes(formats.DatetimeText, "2000-02-29T00:00:00Z")


@given(
    st.binary(min_size=32, max_size=32), st.sampled_from([0x71, 0x55]), st.integers(0, 58), st.sampled_from("a2bz7A1=")
)
def test_a_cid_is_taken_and_a_changed_one_only_where_it_names_something_else(
    digest: bytes, codec: int, place: int, char: str
) -> None:
    text = str(cid_text(bytes([1, codec, 0x12, 0x20]) + digest))
    changed = text[:place] + char + text[place + 1 :]
    assert takes(formats.CidText, text)
    assert takes(formats.CidText, changed) == is_our_cid(changed)


def test_a_refusal_names_the_format_and_not_its_pattern() -> None:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert("nobody", formats.DidText)
    assert say_format(str(error.value)) == "Expected the format did"
