"""Accounts that only repost, and rings of young accounts that repost the same author."""

from skywarden.lang import *

RING_ACCOUNTS = 5
RING_ROUNDS = 2


@rule(on=repost.created, then=[report(author, reason="spam"), tag(author, "only-reposts")], limit=per_day(500))
def too_many_reposts():
    """{author.handle}, {author.age} old, reposted {reposts} times within a day and has {author.posts} posts."""
    reposts = count(by=author.did, over=1 * day)
    silent = reposts >= 30 and author.posts < 1
    nearly_silent = reposts >= 100 and author.posts < 5
    return author.age < 30 * days and (silent or nearly_silent)


@rule(
    on=repost.created,
    then=[report(author, reason="spam"), tag(author, "repost-ring"), label(author, "spam")],
    limit=per_day(1000),
)
def repost_ring():
    """{members} young accounts reposted {subject.did} within an hour, this one {rounds} times."""
    young = author.age < 14 * days
    members = distinct(author.did, by=subject.did, over=1 * hour, where=young)
    rounds = distinct(subject.uri, by=(author.did, subject.did), over=6 * hours, where=young)
    return young and members >= RING_ACCOUNTS and rounds >= RING_ROUNDS
