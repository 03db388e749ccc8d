"""Counts into how surprising they are: tails of distributions, q-values, entropy, baselines. Pure; no I/O, no clock."""
