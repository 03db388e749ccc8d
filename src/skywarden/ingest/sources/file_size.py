"""Turn a path into the file's length, or into a clear refusal."""

from pathlib import Path

from skywarden.kernel.errors import Rejected


def size_of(path: Path) -> int:
    """Length of a readable file in bytes. Raises: Rejected."""
    try:
        with path.open("rb") as file:
            return file.seek(0, 2)
    except OSError as error:
        raise Rejected("file-unreadable", place=str(path), found=error.strerror or str(error)) from error
