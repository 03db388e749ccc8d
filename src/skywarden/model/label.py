"""A label as AT Protocol defines it (com.atproto.label.defs#label)."""

from dataclasses import dataclass

from skywarden.kernel.ids import Cid, Did, Seq


@dataclass(frozen=True, slots=True)
class Label:
    """A label before or after signing; datetimes are the exact strings that were or will be signed."""

    src: Did
    uri: str
    val: str
    cts: str
    cid: Cid | None = None
    neg: bool = False
    exp: str | None = None
    ver: int = 1
    sig: bytes | None = None


@dataclass(frozen=True, slots=True)
class NumberedLabel:
    """A durable label with its place in the label stream."""

    seq: Seq
    label: Label
