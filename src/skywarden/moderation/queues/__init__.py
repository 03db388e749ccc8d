"""Queues of reports: which reports they take, how reports get there, and who works on them."""
