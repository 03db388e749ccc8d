"""Stateless measures of text, URLs and images."""
