"""Default rules, each beside its cases; data, shipped in the wheel."""
