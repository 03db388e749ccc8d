"""RE2 patterns as trees, as expressions that a multi-pattern scanner takes, and what they cost."""
