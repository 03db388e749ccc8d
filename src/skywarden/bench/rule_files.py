"""Write a large rule set of realistic rules, so that compiling it can be measured."""

from pathlib import Path
from random import Random

_SHARED = '''"""Definitions that the files share."""

from skywarden.lang import *

YOUNG = parameter("young", 14 * days, least=1 * day, most=90 * days, doc="Accounts younger than this.")
LONG = {long}

young = author.age < YOUNG
parent_knows = author.is_followed_by(post.parent.did).or_else(False)
to_stranger = post.is_reply and not post.is_self_thread and not parent_knows
long_text = length(post.text) > LONG
'''

_HEAD = '''"""Rules of topic {topic}."""

from skywarden.lang import *

from .shared import long_text, to_stranger, young

MANY = parameter("many", {many}, least=2, doc="Events of one account.")
few_posts = author.posts < {posts}
lists_it = contains_any(post.text, wordlist("words{words}"))
'''

_BODIES = (
    """    times = count(by=(author.did, same_text(post.text)), over={hours} * hours, where=to_stranger)
    return young and to_stranger and times >= MANY + {n}""",
    """    offers = matches(post.text, r"(?i)\\b(buy|cheap|offer)\\s+{word}s?\\b")
    return few_posts and offers and not long_text""",
    """    strangers = distinct(post.parent.did, by=author.did, over={hours} * hours, where=to_stranger)
    return few_posts and strangers >= {n} and lists_it""",
    """    domains = any(domain in wordlist("words{words}") for domain in post.domains)
    return young and domains and author.followers < {n} and not author.has_avatar""",
    """    named = contains(post.text, "{word}") or contains(author.display_name.or_else(""), "{word}")
    lonely = author.followers < 3 and author.follows > {n}
    return named and lonely and to_stranger""",
    """    accounts = distinct(author.did, by=same_text(post.text), over={hours} * hours, where=young)
    return young and lists_it and accounts >= {n}""",
    """    mentioned = length(post.mentions) >= 3 and post.image_count < 2
    busy = count(by=author.did, over={hours} * hours) > MANY
    return mentioned and busy and starts_with(normalise(post.text), "{word}")""",
    """    alike = looks_like_any(author.handle, wordlist("words{words}"))
    return young and alike and few_posts and author.follows > {n} * author.followers""",
)

_EFFECTS = (
    'label(post, "spam")',
    'report(author, reason="spam")',
    'tag(author, "topic-{topic}-{number}")',
)


def write_rule_set(folder: Path, *, files: int, rules_per_file: int, seed: int = 1) -> None:
    """Write `files` files of rules, one of definitions, ten word lists and a parameter file."""
    random = Random(seed)  # noqa: S311 - the same rules every time, nothing secret
    write_shared(folder)
    for number in range(10):
        words = "\n".join(f"term{number}x{index}" for index in range(500))
        (folder / f"words{number}.txt").write_text(words, encoding="utf-8")
    for topic in range(files):
        write_topic(folder, topic, rules_per_file, random)
    (folder / "parameters.toml").write_text('[shared]\nyoung = "10 days"\n\n[topic0]\nmany = 9\n', encoding="utf-8")


def write_shared(folder: Path, *, long: int = 100) -> None:
    """Write the definitions that every file imports."""
    (folder / "shared.py").write_text(_SHARED.format(long=long), encoding="utf-8")


def write_topic(folder: Path, topic: int, rules: int, random: Random) -> None:
    """Write one file of rules; another state of `random` gives other thresholds and words."""
    head = _HEAD.format(topic=topic, many=random.randint(3, 50), posts=random.randint(5, 200), words=topic % 10)
    bodies = [_rule(topic, number, random) for number in range(rules)]
    (folder / f"topic{topic}.py").write_text("\n\n".join([head, *bodies]), encoding="utf-8")


def _rule(topic: int, number: int, random: Random) -> str:
    body = _BODIES[number % len(_BODIES)].format(
        hours=random.choice((1, 6, 24)),
        n=random.randint(3, 90),
        word=random.choice(("coin", "watch", "follower", "ticket", "voucher")) + str(random.randint(0, 99)),
        words=(topic + number) % 10,
    )
    then = ", ".join(effect.format(topic=topic, number=number) for effect in _EFFECTS)
    return (
        f"@rule(on=post.created, then=[{then}], limit=per_day(500))\n"
        f"def topic{topic}_rule{number}():\n"
        f'    """{{author.handle}} wrote about topic {topic}: {{post.text}}"""\n'
        f"{body}\n"
    )
