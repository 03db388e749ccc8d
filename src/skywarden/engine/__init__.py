"""Stage 2: log x plan to effects; proposals only."""
