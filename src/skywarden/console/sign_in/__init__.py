"""Prove who somebody is, and give their browser a session."""
