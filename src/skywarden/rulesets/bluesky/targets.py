"""Harassment as the person at the other end sees it: lists, blocks, quotes and first contacts of new accounts."""

from skywarden.lang import *

from .accounts import newish, nobody

LISTED = parameter("listed", 5, least=3, doc="Newish accounts that put one person on lists within a day.")
BLOCKED = parameter("blocked", 30, least=10, doc="Accounts that block one account within an hour.")
QUOTED = parameter("quoted", 8, least=4, doc="Unknown accounts that quote one person within an hour.")

fresh = author.age < 1 * day and author.followers <= 10 and author.posts <= 10
answers_protected = in_set(post.parent.did, wordlist("protected_people")).or_else(False)
quotes_protected = in_set(post.quote.did, wordlist("protected_people")).or_else(False)
mentions_protected = any(did in wordlist("protected_people") for did in post.mentions)
known_there = author.is_followed_by(post.parent.did).or_else(False)


@rule(
    on=post.created,
    then=[label(post, "rude"), report(post, reason="rude"), tag(author, "harassment", every=1 * day)],
    limit=per_day(200),
)
def first_contact():
    """{author.handle}, {author.age} old, begins by addressing a protected person."""
    return fresh and (answers_protected or quotes_protected or mentions_protected) and not known_there


@rule(
    on=listitem.created,
    then=[report(author, reason="rude", every=1 * day), tag(author, "list-bombing", every=1 * day)],
    limit=per_day(500),
)
def list_bombing():
    """{authors} new accounts put {subject.did} on lists within a day."""
    authors = distinct(author.did, by=subject.did, over=1 * day, where=newish)
    others = distinct(author.did, by=subject.did, over=1 * day, where=not newish)
    return newish and authors >= LISTED and authors > 2 * others


@rule(on=block.created, then=tag(subject.author, "blocked-by-many", every=1 * day), limit=per_day(500))
def blocked_by_many():
    """{blockers} accounts blocked {subject.did} within an hour."""
    blockers = distinct(author.did, by=subject.did, over=1 * hour)
    return blockers >= BLOCKED


@rule(
    on=post.created,
    then=[report(author, reason="rude", every=1 * day), tag(author, "quote-pile-on", every=1 * day)],
    limit=per_day(500),
)
def quote_pile_on():
    """{accounts} new accounts that nobody follows quote {post.quote.did} within an hour."""
    accounts = distinct(author.did, by=post.quote.did, over=1 * hour, where=nobody)
    others = distinct(author.did, by=post.quote.did, over=1 * hour, where=not nobody)
    return nobody and post.is_quote and accounts >= QUOTED and accounts > 2 * others
