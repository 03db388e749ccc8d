"""Queues, items and decisions: what a moderator sees of a subject, and what their form asks moderation to do."""
