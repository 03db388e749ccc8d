"""Whole repositories to a log of their own: what was written before we listened. Its rows are never taken for live."""
