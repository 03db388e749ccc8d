"""Stage 1: sources to log: decode, verify, normalise, stamp, quarantine."""
