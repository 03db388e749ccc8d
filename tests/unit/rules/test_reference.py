"""What people and editors read of the language is made from its tables."""

from pathlib import Path

from skywarden.rules.catalog import EVENT_KINDS, FUNCTIONS, NAMES
from skywarden.rules.reference.page import language_page
from skywarden.rules.reference.stubs import stub_text

ROOT = Path(__file__).parents[3]


def test_the_stubs_are_those_of_the_catalogue() -> None:
    stubs = (ROOT / "src/skywarden/lang/__init__.pyi").read_text(encoding="utf-8")
    assert stubs == stub_text(), "run: skywarden rules stubs > src/skywarden/lang/__init__.pyi"


def test_the_reference_page_is_that_of_the_catalogue() -> None:
    page = (ROOT / "docs/reference/language.md").read_text(encoding="utf-8")
    assert page == language_page(), "run: skywarden docs"


def test_every_name_function_and_event_is_documented() -> None:
    page = language_page()
    missing = [name for name in (*NAMES, *FUNCTIONS, *EVENT_KINDS) if f"`{name}" not in page]
    assert missing == []
