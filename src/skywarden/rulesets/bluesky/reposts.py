"""Accounts that only repost, and rings of new accounts that repost or like the same author."""

from skywarden.lang import *

from .accounts import newish, nobody

RING_ACCOUNTS = parameter("ring_accounts", 5, least=3, doc="Newish accounts that repost one author within two hours.")
SMALL_RING = parameter("small_ring", 3, least=2, doc="The same, enough to ask for a review.")
ROUNDS = parameter("rounds", 3, least=2, doc="Posts of that author that an account of the ring reposts.")
LIKE_RING = parameter("like_ring", 8, least=4, doc="Unknown accounts that like one author in two hours.")


@rule(
    on=repost.created,
    then=[report(author, reason="spam", every=1 * day), tag(author, "only-reposts", every=1 * day)],
    limit=per_day(500),
)
def too_many_reposts():
    """{author.handle}, {author.age} old, reposted {reposts} times within a day and has {author.posts} posts."""
    reposts = count(by=author.did, over=1 * day)
    silent = reposts >= 30 and author.posts < 1
    nearly_silent = reposts >= 100 and author.posts < 5
    return author.age < 30 * days and (silent or nearly_silent)


@rule(
    on=repost.created,
    then=[
        label(author, "spam", expires=30 * days, every=1 * day),
        report(author, reason="spam", every=1 * day),
        tag(author, "repost-ring", every=1 * day),
        report(subject.author, reason="spam", every=1 * day),
    ],
    limit=per_day(1000),
)
def repost_ring():
    """{members} new accounts and hardly anybody else repost {subject.did}, this one {rounds} of its posts."""
    members = distinct(author.did, by=subject.did, over=2 * hours, where=newish)
    others = distinct(author.did, by=subject.did, over=2 * hours, where=not newish)
    rounds = distinct(subject.uri, by=(author.did, subject.did), over=6 * hours, where=newish)
    return newish and members >= RING_ACCOUNTS and rounds >= ROUNDS and members > 3 * others


@rule(
    on=repost.created,
    then=[
        report(author, reason="spam", every=1 * day),
        tag(author, "small-repost-ring", every=1 * day),
        report(subject.author, reason="spam", every=1 * day),
    ],
    limit=per_day(500),
)
def small_repost_ring():
    """{members} new accounts and hardly anybody else repost {subject.did}, this one {rounds} of its posts."""
    members = distinct(author.did, by=subject.did, over=2 * hours, where=newish)
    others = distinct(author.did, by=subject.did, over=2 * hours, where=not newish)
    rounds = distinct(subject.uri, by=(author.did, subject.did), over=6 * hours, where=newish)
    return newish and SMALL_RING <= members < RING_ACCOUNTS and rounds >= ROUNDS and members > 2 * others


@rule(
    on=like.created,
    then=[report(author, reason="spam", every=1 * day), tag(author, "like-ring", every=1 * day)],
    limit=per_day(500),
)
def like_ring():
    """{members} new accounts that nobody follows like all that {subject.did} posts, this one {rounds} times."""
    members = distinct(author.did, by=subject.did, over=2 * hours, where=nobody)
    others = distinct(author.did, by=subject.did, over=2 * hours, where=not nobody)
    rounds = distinct(subject.uri, by=(author.did, subject.did), over=6 * hours, where=nobody)
    return nobody and members >= LIKE_RING and rounds >= ROUNDS and members > 2 * others
