"""Skywarden: a Trust & Safety platform for AT Protocol networks."""

__version__ = "0.1.0"
