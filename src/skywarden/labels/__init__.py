"""Stage 4: decisions to signed, numbered labels; nothing else signs."""
