"""Stateless measures of texts, links and pictures."""
