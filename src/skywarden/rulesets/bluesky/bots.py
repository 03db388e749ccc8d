"""Bots that post links patiently, seldom enough to pass every hourly limit."""

from skywarden.lang import *

DRIPS_A_DAY = 8
DRIP_SHARE = 0.9
DRIP_ACCOUNTS = 2


@rule(
    on=post.created,
    then=[label(post, "spam"), report(author, reason="spam"), tag(author, "drip-bot")],
    limit=per_day(1000),
)
def drip_bot():
    """{author.handle}, {author.age} old, posts hardly anything but links: {drips} of {posts} posts in a day."""
    young = author.age < 14 * days
    own = not post.is_reply and length(post.domains) > 0
    drips = count(by=author.did, over=1 * day, where=own)
    posts = count(by=author.did, over=1 * day)
    accounts = distinct(author.did, by=post.domains, over=6 * hours, where=young)
    return young and own and drips >= DRIPS_A_DAY and drips >= DRIP_SHARE * posts and accounts >= DRIP_ACCOUNTS
