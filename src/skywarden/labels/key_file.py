"""Keep the label signing key in a file that only its owner can read."""

import os
from pathlib import Path

from skywarden.atproto.keys import PrivateKey
from skywarden.kernel.errors import Broken, Rejected

_OWNER_ONLY = 0o600


def load_or_make_label_key(path: Path) -> PrivateKey:
    """Read the k256 key at `path` (64 hexadecimal digits); make one if there is no file.

    Crash: the file appears whole or not at all. Two writers: the first key stays, both get it.
    Raises: Broken, when the file is not a key: signing with another one would orphan every label.
    """
    if not path.exists():
        _make(path)
    try:
        return PrivateKey.from_hex(path.read_text().strip())
    except (OSError, Rejected, UnicodeDecodeError) as error:
        raise Broken(
            f"{path}: expected a k256 key of 64 hexadecimal digits; restore it from a backup: {error}"
        ) from error


def replace_label_key(path: Path) -> tuple[PrivateKey, Path]:
    """Put a new key in the place of the one at `path`; return it, and where the old one is kept.

    Crash: the file has the old key or the new one, and before it has the new one the old one is kept beside it.
    Raises: Broken, when the file is not a key; OSError.
    """
    load_or_make_label_key(path)
    number = 1
    while (kept := path.with_name(f"{path.name}.old{number}")).exists():
        number += 1
    os.link(path, kept)
    draft = _draft(path)
    draft.replace(path)
    return load_or_make_label_key(path), kept


def _draft(path: Path) -> Path:
    """Write a new key to a file beside `path`, durably."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY), "w") as file:
        file.write(PrivateKey.generate("k256").hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return draft


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = _draft(path)
    try:
        os.link(draft, path)  # unlike rename, this never replaces a key that another process has just made
    except FileExistsError:
        pass
    finally:
        draft.unlink()
