"""Ordinary people behave plausibly: by their clocks, in their languages, with what real posts carry."""

from collections import Counter
from random import Random
from typing import Any

import msgspec
import pytest

from simulated import Run, commits
from skywarden.atproto.car import read_car
from skywarden.atproto.cbor import decode_map
from skywarden.kernel.ids import UtcMicros
from skywarden.simulator.accounts import Account, Role
from skywarden.simulator.crowd import Crowd
from skywarden.simulator.hours import activity_at
from skywarden.simulator.text import LANGUAGES, lightly_varied, load_pool, look_alike

HOUR_US = 3_600_000_000


@pytest.fixture(scope="module")
def posts(run: Run) -> list[dict[str, object]]:
    """Posts of ordinary people."""
    found: list[dict[str, object]] = []
    for message in commits(run.frames):
        account = run.network.register.by_did(message.repo)
        if account is None or account.role is not Role.PERSON:
            continue
        blocks = read_car(message.blocks).blocks
        for op in message.ops:
            if op.cid is not None and op.path.startswith("app.bsky.feed.post/"):
                found.append(dict(decode_map(blocks[op.cid])))
    return found


def _facets(post: dict[str, object]) -> list[dict[str, Any]]:  # Any: records as JSON
    facets = post.get("facets", [])
    assert isinstance(facets, list)
    return facets


def test_people_sleep_at_night_wherever_they_live() -> None:
    three_utc, twenty_utc = UtcMicros(3 * HOUR_US), UtcMicros(20 * HOUR_US)

    assert activity_at(twenty_utc, 0) > 5 * activity_at(three_utc, 0)
    assert activity_at(UtcMicros(three_utc - 9 * HOUR_US), 9) == pytest.approx(activity_at(three_utc, 0))


def test_the_crowd_draws_those_who_are_awake_and_busy(run: Run) -> None:
    template = next(account for account in run.network.register if account.role is Role.PERSON)

    def person(index: int, offset: int, activity: float) -> Account:
        return msgspec.structs.replace(template, index=index, utc_offset_h=offset, activity=activity)

    crowd, rng = Crowd(), Random(1)
    for account in (person(1, 0, 1.0), person(2, 0, 4.0), person(3, 8, 1.0)):
        crowd.add(account)
    drawn = Counter(crowd.draw(UtcMicros(20 * HOUR_US), rng) for _ in range(4_000))

    assert drawn[2] / drawn[1] == pytest.approx(4, rel=0.25)
    assert drawn[3] / drawn[1] == pytest.approx(0.08 / 1.2, rel=0.5)


def test_posts_come_in_several_languages(posts: list[dict[str, object]]) -> None:
    spoken = {lang for post in posts for lang in msgspec.convert(post["langs"], list[str])}

    assert spoken >= {"en", "pt", "ja", "de", "es"}


def test_posts_carry_what_real_posts_carry(posts: list[dict[str, object]]) -> None:
    embeds = Counter(msgspec.convert(post.get("embed", {}), dict[str, object]).get("$type") for post in posts)
    features = {facet["features"][0]["$type"] for post in posts for facet in _facets(post)}

    assert set(embeds) >= {"app.bsky.embed.images", "app.bsky.embed.external", "app.bsky.embed.record", None}
    assert features == {
        "app.bsky.richtext.facet#tag",
        "app.bsky.richtext.facet#link",
        "app.bsky.richtext.facet#mention",
    }
    assert any("reply" in post for post in posts)
    assert any("reply" not in post for post in posts)


def test_facets_count_in_utf8_bytes(posts: list[dict[str, object]]) -> None:
    checked = 0
    for post in posts:
        text = str(post["text"]).encode()
        for facet in _facets(post):
            span = text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
            (feature,) = facet["features"]
            if feature["$type"].endswith("#tag"):
                assert span == "#" + feature["tag"]
                checked += 1
    assert checked > 20


def test_posts_are_short_and_seldom_the_same(posts: list[dict[str, object]]) -> None:
    texts = [str(post["text"]) for post in posts]

    assert max(map(len, texts)) < 400
    assert min(map(len, texts)) > 0
    assert max(Counter(texts).values()) < len(texts) * 0.05


def test_every_thread_hangs_together(run: Run, posts: list[dict[str, object]]) -> None:
    roots: dict[str, str] = {}
    for message in commits(run.frames):
        blocks = read_car(message.blocks).blocks
        for op in message.ops:
            if op.cid is not None and op.path.startswith("app.bsky.feed.post/"):
                reply = decode_map(blocks[op.cid]).get("reply")
                uri = f"at://{message.repo}/{op.path}"
                if isinstance(reply, dict):
                    parent, root = (msgspec.convert(reply[name], dict[str, str])["uri"] for name in ("parent", "root"))
                    assert roots.get(parent, root) == root
                    roots[uri] = root
                else:
                    roots[uri] = uri
    assert sum(uri != root for uri, root in roots.items()) > 100


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_pattern_of_a_language_can_be_filled(lang: str) -> None:
    pool, rng = load_pool(lang), Random(3)

    for pattern in (*pool.sentences, *pool.replies, *pool.bios, *pool.alts):
        filled = pool.fill(pattern, rng)
        assert filled
        assert "{" not in filled


def test_every_script_of_the_abusers_can_be_filled() -> None:
    pool, rng = load_pool("abuse"), Random(3)

    for name in pool.scripts:
        assert "{" not in pool.script(name, rng, url="https://x.example")


def test_a_near_copy_keeps_most_of_the_text() -> None:
    rng = Random(5)
    text = "Thank you for the seeds, they are all in the ground now"
    copies = {lightly_varied(text, rng) for _ in range(40)}

    assert len(copies) > 20
    assert all(abs(len(copy) - len(text)) < 25 for copy in copies)


def test_a_look_alike_is_never_the_name_itself() -> None:
    rng = Random(5)

    assert all(look_alike(label, rng) != label for label in ("milo-quill", "ada", "xyz", "zq7") for _ in range(50))
