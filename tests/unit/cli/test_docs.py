"""The reference pages say what the code says."""

from pathlib import Path

import pytest

from skywarden.cli.docs import pages
from skywarden.cli.main import app

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


@pytest.mark.parametrize("name", sorted(pages(app)))
def test_the_page_is_what_the_code_makes(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == pages(app)[name](), "run `make docs`"


def test_no_page_is_left_over() -> None:
    assert {file.name for file in REFERENCE.iterdir()} == set(pages(app))
