"""Links: domains that rotate, that burst or are shared among new accounts, promotion in replies, links that lie."""

from skywarden.lang import *

from .accounts import newish, nobody, young

ROTATED_DOMAINS = parameter("rotated_domains", 4, least=2, doc="Domains that a young account links to in an hour.")
BURST_ACCOUNTS = parameter("burst_accounts", 3, least=2, doc="New accounts that link to one domain within an hour.")
BURST_LINKS = parameter("burst_links", 5, least=3, doc="How often they link to it.")
RING_ACCOUNTS = parameter("ring_accounts", 2, least=2, doc="Newish accounts that share a domain with nobody else.")
RING_LINKS = parameter("ring_links", 3, least=2, doc="Posts with links, of an account of the ring.")
DRIPS = parameter("drips", 8, least=4, doc="The same, enough to act without asking.")
SUDDEN_LINKS = parameter("sudden_links", 5, least=3, doc="Links within five minutes, by an account of three days.")
PROMOTED_PEOPLE = parameter("promoted_people", 10, least=3, doc="People who are sent a shop's links within a day.")
TREND = parameter("trend", 6, least=3, doc="Standard deviations above what is usual for a domain.")
HIJACKERS = parameter("hijackers", 5, least=3, doc="Unknown accounts with links under one hashtag in an hour.")
REGULARS = parameter("regulars", 10, least=3, doc="Older accounts that use the hashtag within a day.")

has_link = length(post.domains) > 0
ordinary = any(domain in wordlist("ordinary_domains") for domain in post.domains)


@rule(
    on=post.created,
    then=[
        label(post, "spam"),
        report(author, reason="spam", every=1 * day),
        tag(author, "rotating-domains", every=1 * day),
    ],
    limit=per_day(2000),
)
def rotating_domains():
    """{author.handle}, {author.age} old, linked to {domains} domains that nobody else knows, last {post.domains}"""
    domains = distinct(post.domains, by=author.did, over=1 * hour)
    others = distinct(author.did, by=post.domains, over=6 * hours, where=not newish)
    return young and has_link and not ordinary and domains >= ROTATED_DOMAINS and others == 0


@rule(
    on=post.created,
    then=[
        label(post, "spam"),
        report(author, reason="spam", every=1 * day),
        tag(author, "domain-burst", every=1 * day),
    ],
    limit=per_day(5000),
)
def domain_burst():
    """{accounts} accounts of less than a week linked to {post.domains} {links} times within an hour."""
    newcomer = author.age < 7 * days
    accounts = distinct(author.did, by=post.domains, over=1 * hour, where=newcomer)
    others = distinct(author.did, by=post.domains, over=1 * hour, where=not newcomer)
    links = count(by=post.domains, over=1 * hour, where=newcomer)
    again = links > accounts
    return newcomer and not ordinary and accounts >= BURST_ACCOUNTS and links >= BURST_LINKS and again and others == 0


@rule(
    on=post.created,
    then=[report(author, reason="spam", every=1 * day), tag(author, "link-ring", every=1 * day)],
    limit=per_day(1000),
)
def link_ring():
    """{partners} new accounts and nobody else share {post.domains}; this one posted {links} links of {posts} posts."""
    partners = distinct(author.did, by=post.domains, over=6 * hours, where=newish)
    others = distinct(author.did, by=post.domains, over=6 * hours, where=not newish)
    links = count(by=author.did, over=6 * hours, where=has_link)
    posts = count(by=author.did, over=6 * hours)
    alone = partners >= RING_ACCOUNTS and others == 0 and not ordinary
    return newish and has_link and alone and links >= RING_LINKS and links >= 0.8 * posts


@rule(
    on=post.created,
    then=[label(post, "spam"), report(author, reason="spam", every=1 * day), tag(author, "drip-bot", every=1 * day)],
    limit=per_day(1000),
)
def drip_bot():
    """{author.handle}, {author.age} old, posts hardly anything but links: {drips} of {posts} posts in a day."""
    own = not post.is_reply and has_link
    drips = count(by=author.did, over=1 * day, where=own)
    posts = count(by=author.did, over=1 * day)
    partners = distinct(author.did, by=post.domains, over=6 * hours, where=newish)
    others = distinct(author.did, by=post.domains, over=6 * hours, where=not newish)
    shared = partners >= RING_ACCOUNTS and others == 0 and not ordinary
    return newish and own and drips >= DRIPS and drips >= 0.9 * posts and shared


@rule(
    on=post.created,
    then=[report(author, reason="spam", every=1 * day), tag(author, "domain-spam", every=1 * day)],
    limit=per_day(500),
)
def sudden_links():
    """{author.handle}, {author.age} old, posted links {links} times within five minutes."""
    own = not post.is_reply and has_link
    links = count(by=author.did, over=5 * minutes, where=own)
    return author.age <= 3 * days and own and links >= SUDDEN_LINKS


@rule(
    on=post.created,
    then=[report(author, reason="spam", every=1 * day), tag(author, "hashtag-hijack", every=1 * day)],
    limit=per_day(500),
)
def hashtag_hijack():
    """{hijackers} new accounts put links under a hashtag of {regulars} others: {post.tags}"""
    hijackers = distinct(author.did, by=post.tags, over=1 * hour, where=nobody and has_link)
    regulars = distinct(author.did, by=post.tags, over=1 * day, where=not newish)
    return nobody and has_link and not ordinary and hijackers >= HIJACKERS and regulars >= REGULARS


@rule(
    on=post.created,
    then=[
        label(post, "spam"),
        report(author, reason="spam", every=1 * day),
        tag(author, "aggressive-promotion", every=1 * day),
    ],
    limit=per_day(500),
)
def aggressive_promotion():
    """{author.handle}, {author.age} old, promotes a shop in replies to {people} people within a day."""
    in_post = any(domain in wordlist("promo_domains") for domain in post.domains)
    in_bio = contains_any(author.description, wordlist("promo_domains")).or_else(False)
    people = distinct(post.parent.did, by=author.did, over=1 * day, where=post.is_reply)
    return author.age < 7 * days and post.is_reply and (in_post or in_bio) and people >= PROMOTED_PEOPLE


@rule(on=post.created, then=[label(post, "misleading"), report(post, reason="misleading")], limit=per_day(200))
def reversed_text():
    """{author.handle} posted a link in a text that a control character shows in reverse."""
    return has_link and contains(post.text, "\u202e")


@rule(on=post.created, then=[report(post, reason="misleading")], limit=per_day(500))
def misleading_link():
    """{author.handle} wrote one address and linked to another: {post.misleading_links}"""
    return author.age < 365 * days and length(post.misleading_links) > 0


@rule(
    on=post.created,
    then=[report(author, reason="spam", every=1 * day), tag(author, "trending-domain", every=1 * day)],
    limit=per_day(500),
)
def revived_domain():
    """{post.domains} was quiet, and now {accounts} new accounts link to it ({z} standard deviations above usual)."""
    z = trending(by=post.domains, over=1 * hour, against=7 * days)
    accounts = distinct(author.did, by=post.domains, over=1 * hour, where=newish)
    others = distinct(author.did, by=post.domains, over=1 * hour, where=not newish)
    return newish and has_link and not ordinary and z >= TREND and accounts >= RING_LINKS and accounts > 3 * others
