"""Make the harmless post that proves the whole chain, from the stream to a signed label."""

CANARY = "SKYWARDEN-CANARY-7f3a9c51e2d84b06"
"""The string that the canary rule looks for."""

CANARY_EVERY_S = 20.0
"""A canary is posted so often, in stream time."""


def canary_text(number: int) -> str:
    """Text of the canary with this number."""
    return f"This is a drill, number {number}. {CANARY}"
