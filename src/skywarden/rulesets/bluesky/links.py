"""Links: domains that rotate, domains that burst among young accounts, promotion in replies, links that lie."""

from skywarden.lang import *

YOUNG = 14 * days
ROTATED_DOMAINS = 4
BURST_ACCOUNTS = 3
BURST_POSTS = 4
PROMOTED_PEOPLE = 10

young = author.age < YOUNG
has_link = length(post.domains) > 0


@rule(
    on=post.created,
    then=[label(post, "spam"), report(author, reason="spam"), tag(author, "rotating-domains")],
    limit=per_day(2000),
)
def rotating_domains():
    """{author.handle}, {author.age} old, linked to {domains} domains within an hour, the last: {post.domains}"""
    domains = distinct(post.domains, by=author.did, over=1 * hour)
    return young and has_link and domains >= ROTATED_DOMAINS


@rule(
    on=post.created,
    then=[label(post, "spam"), report(author, reason="spam"), tag(author, "domain-burst")],
    limit=per_day(5000),
)
def domain_burst():
    """{accounts} accounts of less than a week linked to {post.domains} {links} times within an hour."""
    newcomer = author.age < 7 * days
    ordinary = any(domain in wordlist("ordinary_domains") for domain in post.domains)
    accounts = distinct(author.did, by=post.domains, over=1 * hour, where=newcomer)
    others = distinct(author.did, by=post.domains, over=1 * hour, where=not newcomer)
    links = count(by=post.domains, over=1 * hour, where=newcomer)
    return newcomer and not ordinary and accounts >= BURST_ACCOUNTS and links >= BURST_POSTS and others == 0


@rule(
    on=post.created,
    then=[label(post, "spam"), report(author, reason="spam"), tag(author, "aggressive-promotion")],
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
