"""The catalogue of every metric and log-event name; refuses names that are not in it."""
