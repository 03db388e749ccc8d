"""What the steps say to a person and ask of one; `cli/` brings a terminal, or nobody."""

from typing import Protocol


class Dialogue(Protocol):
    """A person who sets up a labeler."""

    def say(self, text: str) -> None:
        """Show something."""
        ...

    def confirm(self, question: str) -> bool:
        """Ask before a change."""
        ...

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Ask for a word; "" when nobody answers."""
        ...
