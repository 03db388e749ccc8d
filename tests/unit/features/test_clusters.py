"""Clusters of near copies: whose cluster a text is in, and when it is forgotten."""

import numpy as np
import pyarrow as pa

from skywarden.detectors.similar import sign_texts
from skywarden.features.clusters import SimilarTexts
from skywarden.features.contract import Asked, FeatureSpec
from skywarden.features.open import open_feature

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
BASE = "huge giveaway today follow our page and win a brand new phone only few left"
FAR = "ganar dinero desde casa nunca fue tan fácil escribe al privado hoy mismo"


def similar(*, threshold: float = 0.5, members: bool = False, most: int = 1_000) -> SimilarTexts:
    spec = FeatureSpec("t", "similar", HOUR_US, params=(threshold,), max_keys=most, has_member=members)
    feature = open_feature(spec)
    assert isinstance(feature, SimilarTexts)
    return feature


def post(feature: SimilarTexts, text: str, at_us: int = 0, *, key: int = 0, who: int = 0, adds: bool = True) -> int:
    """One event; the answer."""
    signatures, known = sign_texts(pa.array([text]))
    assert known.all()
    one = (np.array([key], np.uint64), np.array([at_us], np.int64), np.array([adds]))
    return int(feature.observe(Asked(*one, signatures, np.array([who], np.uint64))).values[0])


def without(text: str, *words: str) -> str:
    """The text with some words put in place of others of their own."""
    return " ".join(f"{word}x" if word in words else word for word in text.split())


def test_a_text_joins_its_near_copies_and_no_others() -> None:
    feature = similar()
    answers = [post(feature, text) for text in (BASE, without(BASE, "brand", "few"), FAR, BASE.upper())]
    assert answers == [1, 2, 1, 3]


def test_texts_of_other_keys_are_not_compared() -> None:
    feature = similar()
    assert [post(feature, BASE, key=key) for key in (1, 2, 1)] == [1, 1, 2]


def test_a_cluster_stays_with_the_text_that_began_it() -> None:
    """Each text is near the one before, the last is far from the first: it begins a cluster of its own."""
    words, texts = BASE.split(), []
    for changed in range(0, len(words), 2):
        texts.append(" ".join([f"{word}x" for word in words[:changed]] + words[changed:]))
    feature = similar()
    assert [post(feature, text) for text in texts[:3]] == [1, 2, 3]
    assert post(feature, texts[-1]) == 1


def test_a_higher_threshold_keeps_changed_texts_apart() -> None:
    feature = similar(threshold=1.0)
    assert [post(feature, text) for text in (BASE, without(BASE, "few"), f"{BASE} 77")] == [1, 1, 2]


def test_different_members_are_counted_once() -> None:
    feature = similar(members=True)
    assert [post(feature, BASE, who=who) for who in (1, 1, 2, 1)] == [1, 1, 2, 2]


def test_a_text_that_is_only_read_begins_no_cluster() -> None:
    feature = similar()
    assert [post(feature, BASE, adds=False), post(feature, BASE), post(feature, BASE, adds=False)] == [0, 1, 1]


def test_a_cluster_lives_as_long_as_it_is_added_to() -> None:
    feature = similar()
    assert [post(feature, BASE, minute * MINUTE_US) for minute in (0, 59, 118)] == [1, 2, 2]
    assert post(feature, FAR, 177 * MINUTE_US) == 1
    assert feature.keys() == 2
    assert post(feature, FAR, 178 * MINUTE_US) == 2
    assert feature.keys() == 1


def test_at_the_limit_the_cluster_that_is_longest_unused_goes() -> None:
    feature = similar(most=2)
    third = "suche tester für neue küchengeräte einfach folgen und teilen"
    assert [post(feature, text) for text in (BASE, FAR, BASE, third)] == [1, 1, 2, 1]
    assert feature.evicted() == 1
    assert [post(feature, text) for text in (BASE, FAR)] == [3, 1]
