"""Hold a text to the bytes and the visible characters that its lexicon allows."""

from skywarden.api.answers import invalid
from skywarden.api.graphemes import count_graphemes


def require_length(place: str, text: str | None, *, most_bytes: int, most_graphemes: int | None = None) -> None:
    """Take a text that is short enough, or none. Raises: Rejected InvalidRequest."""
    if text is None:
        return
    if (size := len(text.encode())) > most_bytes:
        raise invalid(place, f"at most {most_bytes} bytes", f"{size} bytes")
    if most_graphemes is not None and len(text) > most_graphemes and (seen := count_graphemes(text)) > most_graphemes:
        raise invalid(place, f"at most {most_graphemes} graphemes", f"{seen} graphemes")
