"""Memory across events, in event time: a contract and its implementations."""
