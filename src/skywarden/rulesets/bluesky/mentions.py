"""Mention bombing: one account that mentions many, and many accounts that mention one."""

from skywarden.lang import *

from .accounts import busy, maybe_new, newish, nobody, young

MENTIONS = parameter("mentions", 40, least=10, doc="Accounts that a newish account mentions within an hour.")
YOUNG_MENTIONS = parameter("young_mentions", 12, least=5, doc="The same for a young one that does nothing else.")
NOBODYS_MENTIONS = parameter("nobodys_mentions", 8, least=4, doc="The same for one that nobody follows.")
PILE_ON_ACCOUNTS = parameter("pile_on_accounts", 5, least=3, doc="Newish accounts that mention one in an hour.")
SMALL_PILE_ON = parameter("small_pile_on", 3, least=2, doc="The same, enough to ask for a review.")

mentions_somebody = length(post.mentions) > 0


@rule(
    on=post.created,
    then=[
        label(post, "spam"),
        report(author, reason="spam", every=1 * day),
        tag(author, "mention-bombing", every=1 * day),
    ],
    limit=per_day(1000),
)
def mention_bombing():
    """{author.handle} mentioned {people} accounts within an hour."""
    people = distinct(post.mentions, by=author.did, over=1 * hour)
    return newish and mentions_somebody and people >= MENTIONS


@rule(
    on=record.created,
    then=[report(author, reason="rude", every=1 * day), tag(author, "young-mentions", every=1 * day)],
    limit=per_day(1000),
)
def young_mentions():
    """{author.handle}, {author.age} old, mentioned {people} accounts within an hour and did little else."""
    people = distinct(post.stranger_mentions, by=author.did, over=1 * hour)
    mentioning = count(by=author.did, over=6 * hours, where=mentions_somebody)
    acts = count(by=author.did, over=6 * hours, where=busy)
    unknown_to_them = young and author.followers < people and people >= YOUNG_MENTIONS
    many = (young and people >= 2 * YOUNG_MENTIONS) or unknown_to_them or (nobody and people >= NOBODYS_MENTIONS)
    return mentions_somebody and newish and many and mentioning >= 0.9 * acts


@rule(
    on=post.created,
    then=[label(post, "rude"), report(author, reason="rude", every=1 * day), tag(author, "pile-on", every=1 * day)],
    limit=per_day(1000),
)
def mention_pile_on():
    """{accounts} new accounts mention the same person {times} times within an hour: {post.mentions}"""
    accounts = distinct(author.did, by=post.mentions, over=1 * hour, where=newish)
    times = count(by=post.mentions, over=1 * hour, where=newish)
    others = distinct(author.did, by=post.mentions, over=1 * hour, where=not newish)
    many = accounts >= PILE_ON_ACCOUNTS and times > accounts and accounts > 3 * others
    return newish and mentions_somebody and many


@rule(
    on=post.created,
    then=[report(author, reason="rude", every=1 * day), tag(author, "small-pile-on", every=1 * day)],
    limit=per_day(500),
)
def small_pile_on():
    """{accounts} accounts, new or never seen, mention the same person {times} times within an hour: {post.mentions}"""
    accounts = distinct(author.did, by=post.mentions, over=1 * hour, where=maybe_new)
    times = count(by=post.mentions, over=1 * hour, where=maybe_new)
    others = distinct(author.did, by=post.mentions, over=1 * hour, where=not maybe_new)
    many = accounts >= SMALL_PILE_ON and times >= accounts + 1 and accounts > 3 * others
    return nobody and mentions_somebody and many
