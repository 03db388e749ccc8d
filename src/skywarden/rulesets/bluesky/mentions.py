"""Mention bombing: one account that mentions many, and many accounts that mention one."""

from skywarden.lang import *

YOUNG = 14 * days
MENTIONS_AN_HOUR = 40
YOUNG_MENTIONS_AN_HOUR = 12
PILE_ON_ACCOUNTS = 5

young = author.age < YOUNG
mentions_somebody = length(post.mentions) > 0


@rule(
    on=post.created,
    then=[label(post, "spam"), report(author, reason="spam"), tag(author, "mention-bombing")],
    limit=per_day(1000),
)
def mention_bombing():
    """{author.handle} mentioned {people} accounts within an hour."""
    people = distinct(post.mentions, by=author.did, over=1 * hour)
    return author.age < 90 * days and mentions_somebody and people >= MENTIONS_AN_HOUR


@rule(
    on=post.created,
    then=[label(post, "rude"), report(author, reason="rude"), tag(author, "young-mentions")],
    limit=per_day(1000),
)
def young_mentions():
    """{author.handle}, {author.age} old, mentioned {people} accounts within an hour."""
    people = distinct(post.mentions, by=author.did, over=1 * hour)
    return young and mentions_somebody and people >= YOUNG_MENTIONS_AN_HOUR


@rule(
    on=post.created,
    then=[label(post, "rude"), report(author, reason="rude"), tag(author, "pile-on")],
    limit=per_day(1000),
)
def mention_pile_on():
    """{accounts} young accounts mention the same person within an hour: {post.mentions}"""
    accounts = distinct(author.did, by=post.mentions, over=1 * hour, where=young)
    return young and mentions_somebody and accounts >= PILE_ON_ACCOUNTS
