"""Name the values that DAG-CBOR decodes to: JSON's without floats, plus byte strings and links."""

from typing import TypeAlias


class Link(bytes):
    """The 36 raw bytes of a CID that stood behind tag 42; a plain `bytes` value is a byte string."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Link({bytes(self).hex()})"


Node: TypeAlias = bool | int | str | bytes | list["Node"] | dict[str, "Node"] | None
"""What `decode` returns; links are `Link`, a subclass of bytes."""
