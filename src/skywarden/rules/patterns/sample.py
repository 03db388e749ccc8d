"""Make the posts that patterns are timed on: always the same, written like those of the network."""

from functools import cache

_COMMON = """
the and for you that with this have not but what all just like they from about would there their when your people really
time good think know some will because could more after before never always morning coffee election music climate photo
don't it's I'm going right still today better week love great watching years again something someone everyone news game
"""
_RARE = """
government international understanding communication unfortunately responsibilities WONDERFUL BREAKING NASA Monday Tokyo
free click here money gift crypto sale follow likes https://example.com/a1b2c3 @name.bsky.social #photography 2026 100%
café naïve 😀 🔥🔥 ありがとう привет été … — “quoted” haha!!! :) 555-123-4567 3.14 foo_bar
"""
_COMMON_TO_RARE = 5
_SIZES = (4, 9, 13, 17, 22, 30)
POSTS = 2_000


@cache
def sample_posts() -> tuple[str, ...]:
    """Shape: `POSTS` texts of about 85 bytes."""
    words = _COMMON.split() * _COMMON_TO_RARE + _RARE.split()
    state, posts = 1, []
    for number in range(POSTS):
        post = []
        for _ in range(_SIZES[number % len(_SIZES)]):
            state = state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407 & (1 << 64) - 1
            post.append(words[(state >> 33) % len(words)])
        posts.append(" ".join(post))
    return tuple(posts)
