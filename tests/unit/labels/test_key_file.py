"""The signing key is made once, for its owner only, and never replaced by mistake."""

from pathlib import Path

import pytest

from skywarden.kernel.errors import Broken
from skywarden.labels import load_or_make_label_key


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "label.key"
    key = load_or_make_label_key(path)
    assert load_or_make_label_key(path).did_key == key.did_key
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["label.key"]
    assert key.curve == "k256"


@pytest.mark.parametrize("content", [b"", b"not a key", b"00" * 32, b"\xff" * 40])
def test_a_damaged_key_file_stops_us_and_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "label.key"
    path.write_bytes(content)
    with pytest.raises(Broken, match="restore it from a backup"):
        load_or_make_label_key(path)
    assert path.read_bytes() == content
