"""Build the bad inputs of a Jetstream: messages that break one rule each, written as text."""

from collections.abc import Callable, Iterable

from servers.bad_frames import BadInput, made_up_did

BAD_JSON_VALUES: dict[str, str] = {
    "nested a thousand deep": "[" * 1_000 + "]" * 1_000,
    "nested two million deep": "[" * 2_000_000 + "]" * 2_000_000,
    "not a number": "NaN",
    "infinity": "-Infinity",
    "half a surrogate pair": r'"\ud800"',
    "an integer of 5,000 digits": "9" * 5_000,
    "an integer beyond 64 bits": str(1 << 64),
    "a float": "1.5",
    "the same key twice": '{"aa":1,"aa":2}',
    "a control character": '"\x01"',
}
"""One value each that JSON or the AT Protocol's data model forbids."""

_BROKEN_MESSAGES: dict[str, Callable[[str], str]] = {
    "a second object": lambda good: good + "{}",
    "half of itself": lambda good: good[: len(good) // 2],
    "nothing in it": lambda good: "",
    "a list around it": lambda good: f"[{good}]",
    "a comma too many": lambda good: good[:-1] + ",}",
    "no did": lambda good: good.replace('"did":', '"dud":', 1),
    "a time of text": lambda good: good.replace('"time_us":', '"time_us":"soon","x":', 1),
    "no record": lambda good: good.replace('"record":', '"no_record":', 1),
}


def post_message(did: str, time_us: int, value: str = "0") -> str:
    """A Jetstream v1 message of a new post; `value` is put into a field of the record as it is."""
    return (
        f'{{"did":"{did}","time_us":{time_us},"kind":"commit","commit":{{"rev":"3l3qo2vutsw2b","operation":"create",'
        '"collection":"app.bsky.feed.post","rkey":"3l3qo2vuowo2b","record":{"$type":"app.bsky.feed.post",'
        f'"createdAt":"2026-01-01T00:00:00.000Z","text":"hello","extra":{value}}},'
        '"cid":"bafyreidwaivazkwu67xztlmuobx35hs2lnfh3kolmgfmucldvhd3sgzcqi"}}'
    )


def bad_messages(times_us: Iterable[int]) -> list[BadInput]:
    """Every bad message, each of an account of its own and at the next time."""
    at = iter(times_us)
    found = []
    for name, value in BAD_JSON_VALUES.items():
        time_us = next(at)
        found.append(_bad(f"value: {name}", post_message(made_up_did(time_us), time_us, value)))
    for name, break_it in _BROKEN_MESSAGES.items():
        time_us = next(at)
        found.append(_bad(f"message with {name}", break_it(post_message(made_up_did(time_us), time_us))))
    time_us = next(at)
    not_text = post_message(made_up_did(time_us), time_us).encode().replace(b"did:plc:", b"did:plc:\xff")
    return [*found, BadInput("message in bytes that are no UTF-8", not_text, not_text)]


def on_the_wire(bad: BadInput) -> str | bytes:
    """A text message where the bytes are text, else a binary one."""
    try:
        return bad.frame.decode()
    except UnicodeDecodeError:
        return bad.frame


def _bad(name: str, text: str) -> BadInput:
    data = text.encode()
    return BadInput(name, data, data)
