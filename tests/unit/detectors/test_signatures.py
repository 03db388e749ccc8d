"""Signatures: near copies share most of theirs, other texts nothing, and short texts have none."""

import gzip
import json
import re
import time
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.naive_signature import naive_signature
from shared_data import ROOT, present
from skywarden.detectors.similar import sign_texts
from skywarden.detectors.similar.signatures import FAMILY

HALF = 32
"""Of 64 bytes: the threshold of `similar` unless a rule gives another."""

SPAM = [
    "Huge giveaway today! Follow our page, repost this message and win a brand new phone, only fifty winners",
    "I made three thousand in one week working from home, ask me how and start earning money tonight",
    "Hello dear, I saw your profile and I would love to be friends with you, please write to me on Telegram",
    "Your account will be suspended unless you confirm your wallet within a day, click the link in our profile",
    "Commission slots are open again, cheap portraits of your pets and characters, message me for the price list",
    "Crypto signals group is growing fast, join free for the first hundred members and double your coins",
    "Doctor recommended pills melt the belly fat in two weeks without any diet or exercise, order now",
    "Ganar dinero desde casa nunca fue tan fácil, escribe al privado y te cuento cómo empezar hoy mismo",
    "Wir suchen Tester für neue Küchengeräte, einfach folgen und teilen, die Gewinner werden morgen gezogen",
    "Нужны люди для удалённой работы, оплата каждый день, пишите в личные сообщения за подробностями",
    "限定セール開催中です。今すぐフォローして豪華な賞品を手に入れましょう。締め切りは明日の夜までです。",
    "在家工作每天都能赚很多钱,想知道方法的朋友请私信我,名额有限先到先得,机会不容错过。",
]
OTHER_WORDS = ["river", "lamp", "quiet", "bridge", "morning", "copper", "window", "carpet", "harbour", "pencil"]


def signed(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The bytes of the signatures, and which are known."""
    signatures, known = sign_texts(pa.array(texts, pa.string()))
    return signatures.view(np.uint8), known


def in_common(one: str, other: str) -> int:
    """Equal bytes of two texts' signatures."""
    signatures, known = signed([one, other])
    assert known.all()
    return int((signatures[0] == signatures[1]).sum())


def changed(text: str, share: float, random: Random) -> str:
    """The text with a share of its words put in place of others; of an unspaced script, of its characters."""
    if " " not in text:
        places = random.sample(range(len(text)), round(share * len(text) / 2))
        return "".join(chr(random.randrange(0x4E00, 0x9FA0)) if at in places else char for at, char in enumerate(text))
    words = text.split(" ")
    for place in random.sample(range(len(words)), round(share * len(words))):
        words[place] = random.choice(OTHER_WORDS)
    return " ".join(words)


@pytest.mark.parametrize("text", SPAM)
@pytest.mark.parametrize(
    "edit",
    [
        str.upper,
        lambda text: f"{text} 🔥🔥",
        lambda text: f"@ann.example {text}",
        lambda text: f"{text} https://shop7.example/x?y=3",
        lambda text: f"{text} shop7.example/x…",
        lambda text: f"77 {text} 12.50",
        lambda text: text.replace(" ", "  \n"),
        lambda text: text.replace("!", ".").replace(",", " -"),
        lambda text: text.replace("a", "á").replace("е", "ё"),
        lambda text: text.replace("e", "\u200be"),
    ],
    ids=["case", "emoji", "mention", "link", "short-link", "digits", "spaces", "signs", "accents", "invisible"],
)
def test_what_spammers_vary_without_changing_a_word_changes_nothing(text: str, edit: object) -> None:
    assert callable(edit)
    assert in_common(text, edit(text)) == 64


def test_copies_with_a_fifth_of_the_words_changed_have_half_in_common() -> None:
    random = Random(7)
    found = [in_common(text, changed(text, 0.2, random)) >= HALF for text in SPAM for _ in range(25)]
    assert sum(found) / len(found) >= 0.95


def test_different_texts_have_little_in_common() -> None:
    signatures, known = signed(SPAM)
    assert known.all()
    common = (signatures[:, None] == signatures[None]).sum(axis=2)
    assert common[~np.eye(len(SPAM), dtype=bool)].max() < 12


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("good morning to you all, everybody", True),
        ("so so so so so so so so so so so so", False),
        ("congratulations everybody", False),
        ("ok then see you", False),
        ("#one #two #three hashtags are words too", True),
        ("https://a.example/one-two-three-four-five-six", False),
        ("🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥", False),
        ("こんにちは世界です皆さん", True),
        ("おはよう", False),
        ("", False),
    ],
)
def test_a_text_needs_twenty_letters_and_four_different_words(text: str, *, known: bool) -> None:
    assert signed([text])[1].tolist() == [known]


def test_unknown_texts_and_parts_of_columns_are_signed_as_they_are() -> None:
    texts = pa.array(["x", None, SPAM[0], None, SPAM[1]], pa.string())
    signatures, known = sign_texts(texts.slice(1))
    assert known.tolist() == [False, True, False, True]
    assert (signatures[1] == sign_texts(pa.array([SPAM[0]]))[0][0]).all()
    assert sign_texts(pa.array([], pa.string()))[0].shape == (0, 8)
    assert not sign_texts(pa.array([None], pa.string()))[1].any()


PIECES = st.one_of(
    st.sampled_from(["Straße ", "naïve ", "a.b ", "x. y ", "@", "@ann ", "https://q ", "don't ", "日本語", "ไทย", " "]),
    st.text(max_size=12),
    st.sampled_from(SPAM),
)


@settings(max_examples=150, deadline=None)
@given(pieces=st.lists(PIECES, max_size=8))
def test_signatures_are_what_plain_python_makes_of_the_words(pieces: list[str]) -> None:
    text = "".join(pieces).encode("utf-8", "ignore").decode()
    signatures, known = signed([text])
    factors, terms = (numbers.tolist() for numbers in FAMILY)
    expected = naive_signature(text, (factors, terms))
    assert (signatures[0].tobytes() if known[0] else None) == expected


@settings(max_examples=100, deadline=None)
@given(data=st.lists(st.binary(max_size=30), min_size=1, max_size=5))
def test_bytes_that_are_no_text_are_read_within_their_bounds(data: list[bytes]) -> None:
    offsets = np.cumsum([0, *(len(part) for part in data)]).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(b"".join(data))]
    column = pa.StringArray.from_buffers(len(data), buffers[1], buffers[2])
    signatures, _ = sign_texts(column)
    alone = [
        sign_texts(pa.StringArray.from_buffers(1, pa.py_buffer(np.array([0, len(part)], np.int32)), pa.py_buffer(part)))
        for part in data
    ]
    assert (signatures == np.concatenate([one for one, _ in alone])).all()


def _real_posts() -> list[str]:
    path = present(ROOT / "posts" / "real_posts_as_jetstream.jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line)["commit"].get("record", {}) for line in lines]
    return sorted({record["text"] for record in records if record.get("text")})


def test_real_posts_with_changed_words_are_found_and_unrelated_ones_are_not() -> None:
    """Recall of copies with a fifth of the words changed; false merges by pairs of different posts."""
    random, posts = Random(11), _real_posts()
    long = [post for post in posts if len(post) >= 40 and re.search(r"\w \w", post)]
    copies = [changed(post, 0.2, random) for post in long]
    (ones, known), (others, still_known) = signed(long), signed(copies)
    both = known & still_known
    recall = ((ones == others).sum(axis=1) >= HALF)[both].mean()
    signatures, known = signed(posts)
    signatures = signatures[known][:4000]
    merged = sum(
        int(((signatures[at + 1 :] == signatures[at]).sum(axis=1) >= HALF).sum()) for at in range(len(signatures))
    )
    pairs = len(signatures) * (len(signatures) - 1) // 2
    assert recall >= 0.97
    assert merged / pairs < 1 / 100_000


def test_a_core_signs_a_hundred_thousand_posts_a_second() -> None:
    """Far below what it does (500,000 on the reference machine), so that a busy machine does not fail it."""
    texts = pa.array(SPAM * 500, pa.string())
    sign_texts(texts)
    began = time.thread_time()
    sign_texts(texts)
    assert len(texts) / (time.thread_time() - began) > 100_000
