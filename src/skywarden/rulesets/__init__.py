"""Rule sets that are shipped, each rule beside its cases."""

from pathlib import Path

BLUESKY = Path(__file__).parent / "bluesky"
"""The default rule set."""
