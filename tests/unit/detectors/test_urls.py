"""Links whose words name another site than they go to."""

import pytest

from skywarden.detectors.url.misleading import is_misleading


@pytest.mark.parametrize(
    "words",
    [
        "good.test",
        "https://good.test/login",
        "www.good.test",
        " GOOD.test/x?y ",
        "http://user@good.test:80/",
        "go.bbc.co.uk",
    ],
)
def test_words_that_name_another_site_mislead(words: str) -> None:
    assert is_misleading("https://evil.example/", words)


@pytest.mark.parametrize(
    "words",
    [
        "evil.example",
        "www.evil.example/path",
        "click here",
        "see good.test",
        "good…",
        "good.tes...",
        "v1.2",
        "1.2.3.4",
        "",
        "3.50",
    ],
)
def test_words_that_name_the_same_site_or_none_do_not(words: str) -> None:
    assert not is_misleading("https://cdn.evil.example/", words)


def test_a_link_that_goes_nowhere_misleads_nobody() -> None:
    assert not is_misleading("mailto:x", "good.test")
