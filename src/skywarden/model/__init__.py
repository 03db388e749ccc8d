"""Nouns that two stages share; data only, no behaviour beyond their own invariants."""
