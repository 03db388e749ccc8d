"""Make ten million events of a month on disk, for benchmarks that need a past."""
