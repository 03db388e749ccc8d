"""Text measures see through what people do to texts to hide them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywarden.detectors.text.copies import same_text_key
from skywarden.detectors.text.names import name_key
from skywarden.detectors.text.normal import normalise
from skywarden.detectors.text.skeleton import skeleton
from skywarden.detectors.text.words import LookalikeFinder


@pytest.mark.parametrize(
    "dressed",
    [
        "FREE  Gift",
        "ｆｒｅｅ　ｇｉｆｔ",
        "fr\u200bee gi\u00adft",
        "free\ngift ",
        "𝐟𝐫𝐞𝐞 𝐠𝐢𝐟𝐭",
        "\u202efree gift",
        "fre\ufeffe gift",
    ],
)
def test_one_spelling_stands_for_all_dresses(dressed: str) -> None:
    assert normalise(dressed) == "free gift"


@given(st.text())
def test_a_normal_form_is_its_own(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(st.characters(max_codepoint=127)) | st.text("rnvvw!|.@ l1$_-A\t"))
def test_a_mark_before_an_ascii_text_changes_nothing_of_its_skeleton(text: str) -> None:
    assert skeleton(text) == skeleton(f"\u0301{text}")


@pytest.mark.parametrize(
    "lookalike", ["paypal", "PayPal", "раураl", "paypa1", "p-a-y.p_a l", "pàypál", "p\u200baypal", "ρaypаI", "p4yp4l"]
)
def test_look_alikes_have_one_skeleton(lookalike: str) -> None:
    assert skeleton(lookalike) == skeleton("paypal")


@pytest.mark.parametrize("other", ["paypool", "pal", "playpal"])
def test_different_names_have_different_skeletons(other: str) -> None:
    assert skeleton(other) != skeleton("paypal")


@given(st.text())
def test_a_skeleton_holds_letters_and_digits_only(text: str) -> None:
    assert all(char.isalnum() for char in skeleton(text))


COPY = "The gold staking plan changed my life, only 5 places left!"


@pytest.mark.parametrize(
    "copy",
    [
        COPY.upper(),
        COPY.replace("5", "12"),
        COPY + " https://win-fox12.example/abc?ref=1",
        COPY + " #gold @coach.example 🔥",
        "  " + COPY.replace(" ", "  "),
        COPY.replace("!", " ..."),
    ],
)
def test_copies_share_a_key(copy: str) -> None:
    assert same_text_key(copy) == same_text_key(COPY)


@pytest.mark.parametrize("short", ["", "thank you!", "👍👍👍", "https://only-a-link.example/x", "1234567890123456"])
def test_short_texts_have_no_key_since_they_are_equal_by_chance(short: str) -> None:
    assert same_text_key(short) is None


@pytest.mark.parametrize(
    "twin", ["lena.harbor.example", "1ena.harbor.example", "lena-official.other.example", "lena77", "LENA", "Lеna"]
)
def test_imitations_of_a_name_share_its_key(twin: str) -> None:
    assert name_key(twin) == name_key("lena")


@pytest.mark.parametrize("name", ["ana", "x.example", "", "!!!!", "77777"])
def test_names_of_few_letters_have_no_key(name: str) -> None:
    assert name_key(name) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [("z0rkface", True), ("you Zоrkface!", True), ("z o r k f a c e", True), ("zorkfaces", False), ("", False)],
)
def test_words_are_found_however_they_are_written(text: str, found: bool) -> None:
    assert LookalikeFinder(["zorkface"]).found_in(text) is found
