"""The durable log: ordered, one writer a partition; knows Arrow, not what the columns mean."""
