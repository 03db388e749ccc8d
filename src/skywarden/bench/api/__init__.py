"""Measure the moderation API as its clients meet it: requests a second, latency, processor time of the server."""

from skywarden.bench.api.measure import ApiFigures, LineFigures, measure_api

__all__ = ["ApiFigures", "LineFigures", "measure_api"]
