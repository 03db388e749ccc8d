"""Random rules: conditions nested at random over everything that the plan treats in its own way."""

from hypothesis import strategies as st

HEAD = "from skywarden.lang import *\n"

CHEAP = [
    "author.followers < 5",
    "author.followers / (author.follows + 1) < 0.5",
    "author.followers * 3 - author.follows >= author.posts",
    "author.posts % 2 == 0",
    "author.posts // 2 != 1",
    "minimum(author.followers, author.follows) <= 3",
    "author.age < 7 * days",
    "author.has_avatar",
    "author.has_avatar.or_else(False)",
    "author.followers.or_else(4) > 3",
    "known(author.posts)",
    "post.is_reply",
    "post.is_self_thread",
    "length(post.tags) >= 2",
    "length(author.labels) > 1",
    "length(post.text) > 10",
    "author.did == post.parent.did",
    "author.did in post.mentions",
    "post.image_count == 1",
]
COSTLY = [
    "contains(post.text, 'gold')",
    "matches(post.text, r'[A-Z]{3}')",
    "contains_any(post.text, wordlist('shops'))",
    "skeleton(post.text) == skeleton('Zorkface')",
    "normalise(post.text) == 'ok!'",
    "any(domain in wordlist('shops') for domain in post.domains)",
    "all(contains(alt, 'sea') for alt in post.alt_texts)",
]
WINDOWS = [
    "count(by=author.did, over=1 * hour{where}) >= {n}",
    "count(by=author.did, over=1 * minute, exact=True{where}) >= {n}",
    "count(by=(author.did, normalise(post.text)), over=1 * day{where}) >= {n}",
    "count(by=post.domains, over=1 * hour{where}) >= {n}",
    "distinct(post.text, by=author.did, over=1 * hour{where}) >= {n}",
    "distinct(post.mentions, by=post.parent.did, over=6 * hours{where}) >= {n}",
    "sum(author.posts, by=author.did, over=1 * hour{where}) >= 3 * {n}",
    "rate(by=post.domains, over=5 * minutes{where}) >= 10 * {n}",
    "event.time - first_seen(by=author.did, over=1 * hour{where}) >= {n} * minutes",
    "event.time - last_seen(by=post.domains, over=1 * hour{where}) < {n} * minutes",
    "rate_limited(by=author.did, rate=per_minute({n}){where})",
    "rate_limited(by=post.domains, rate=per_hour(5), burst={n}{where})",
    "trending(by=author.did, over=1 * minute, against=10 * minutes{where}) >= 0.{n}",
    "trending(by=(), over=1 * second, against=5 * seconds{where}) < 0.{n}",
    "similar(post.text, over=1 * hour{where}) >= {n}",
    "similar(post.text, over=10 * minutes, by=author.did, threshold=0.7{where}) >= {n}",
    "similar(post.text, over=1 * day, by=post.domains, distinct=author.did{where}) >= {n}",
    "heavy(by=author.did, over=1 * hour, slots=2{where}) >= {n}",
    "heavy(by=post.text, over=10 * minutes, slots=3{where}) >= {n}",
]


def conditions(*, depth: int = 2, windows: bool = True) -> st.SearchStrategy[str]:
    """A condition, in brackets where it needs them."""
    leaves = st.sampled_from(CHEAP) | st.sampled_from(COSTLY)
    if windows:
        leaves |= _windows()
    return st.recursive(leaves, _joined, max_leaves=2**depth)


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    both = st.tuples(inner, st.sampled_from([" and ", " and ", " or "]), inner)
    return both.map(lambda parts: f"({''.join(parts)})") | inner.map(lambda part: f"(not {part})")


def _windows() -> st.SearchStrategy[str]:
    where = st.just("") | conditions(depth=1, windows=False).map(lambda condition: f", where={condition}")
    made = st.tuples(st.sampled_from(WINDOWS), where, st.integers(1, 4))
    return made.map(lambda parts: parts[0].format(where=parts[1], n=parts[2]))


def rule_files(rules: int = 6) -> st.SearchStrategy[str]:
    """A file of rules on posts, some of which show a value."""
    return st.lists(conditions(), min_size=1, max_size=rules).map(
        lambda found: HEAD + "\n".join(_rule(number, condition) for number, condition in enumerate(found))
    )


def _rule(number: int, condition: str) -> str:
    return (
        f'@rule(on=post.created, then=tag(author, "r{number}"))\n'
        f'def r{number}():\n    """{{author.followers}} {{post.text}}"""\n    return {condition}\n'
    )
