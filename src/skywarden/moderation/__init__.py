"""Stage 3: effects and reports to decisions; nothing else changes a subject."""
