"""Name each id and unit by a type, so that the checker keeps them apart."""

from typing import NewType

Did = NewType("Did", str)
Handle = NewType("Handle", str)
Nsid = NewType("Nsid", str)
RecordKey = NewType("RecordKey", str)
AtUri = NewType("AtUri", str)
Cid = NewType("Cid", str)
Tid = NewType("Tid", str)

UtcMicros = NewType("UtcMicros", int)
"""Microseconds since 1970-01-01T00:00:00Z."""

Offset = NewType("Offset", int)
"""Position of an event in one partition of the log: 0, 1, 2 ... without holes."""

Seq = NewType("Seq", int)
"""Sequence number of a stream that somebody serves (1..2^53-1); holes are legal."""
