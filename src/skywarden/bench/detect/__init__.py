"""Measure what a rule set finds: on simulated abuse, where the truth is known, and on real posts, where it is not."""

from skywarden.bench.detect.history import HistoryConfig, simulated_history
from skywarden.bench.detect.posts import PostsReview, review_posts
from skywarden.bench.detect.score import DetectFigures, KindFigures, measure_detection, read_kinds

__all__ = [
    "DetectFigures",
    "HistoryConfig",
    "KindFigures",
    "PostsReview",
    "measure_detection",
    "read_kinds",
    "review_posts",
    "simulated_history",
]
