"""What the detection jobs found over days, where it meets an event: members of rings, posters by the clock, waves."""

from skywarden.lang import *

WAVE_MENTIONS = parameter("wave_mentions", 2, least=1, doc="People whom a post of an account of a wave mentions.")

links_out = any(domain not in wordlist("ordinary_domains") for domain in post.domains)


@rule(
    on=post.created,
    then=[report(author, reason="spam", every=1 * day), tag(author, "coordinated-links", every=1 * day)],
    limit=per_day(300),
)
def coordinated_links():
    """{author.handle}, one of a group that acts together, links to {post.domains}"""
    return "job:coordinated" in author.tags and links_out


@rule(
    on=post.created,
    then=[report(author, reason="spam", every=1 * day), tag(author, "clockwork-links", every=1 * day)],
    limit=per_day(300),
)
def clockwork_links():
    """{author.handle} posts by the clock, day and night, does not say so, and links to {post.domains}"""
    declared = matches(author.description.or_else(""), r"(?i)\b(bot|automated|automatic|mirror|feed)\b")
    return "job:clockwork" in author.tags and not declared and links_out


@rule(
    on=post.created,
    then=[report(author, reason="spam", every=1 * day), tag(author, "wave-mentions", every=1 * day)],
    limit=per_day(300),
)
def wave_mentions():
    """{author.handle} came in a wave of accounts on {author.pds_host} and mentions {mentioned} people."""
    mentioned = count(mention != author.did for mention in post.mentions)
    return "job:signup-wave" in author.tags and mentioned >= WAVE_MENTIONS
