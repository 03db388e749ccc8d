"""Ten memberships in sets of 100,000 entries each: accounts and domains."""

from skywarden.lang import *

domain_hour = count(by=post.domains, over=1 * hour)
domain_accounts = distinct(author.did, by=post.domains, over=6 * hours)
piled_on = count(by=post.parent.did, over=1 * hour)
posts_day = count(by=author.did, over=1 * day)


@rule(on=post.created, then=tag(author, "accounts-a"))
def accounts_a():
    """{author.handle} is listed."""
    return in_set(author.did, wordlist("accounts_a"))


@rule(on=post.created, then=tag(author, "accounts-b"))
def accounts_b():
    """{author.handle} is listed; {posts_day} posts in a day."""
    return in_set(author.did, wordlist("accounts_b")) and posts_day >= 1


@rule(on=post.created, then=tag(author, "accounts-c"))
def accounts_c():
    """{author.handle} answers a listed account."""
    return in_set(post.parent.did, wordlist("accounts_c"))


@rule(on=post.created, then=tag(author, "accounts-d"))
def accounts_d():
    """{author.handle} answers a listed account that got {piled_on} answers within an hour."""
    return in_set(post.parent.did, wordlist("accounts_d")) and piled_on >= 1


@rule(on=post.created, then=tag(author, "accounts-e"))
def accounts_e():
    """{author.handle} quotes a listed account."""
    return in_set(post.quote.did, wordlist("accounts_e"))


@rule(on=post.created, then=tag(author, "domains-a"))
def domains_a():
    """{author.handle} links to a listed domain."""
    return any(domain in wordlist("domains_a") for domain in post.domains)


@rule(on=post.created, then=tag(author, "domains-b"))
def domains_b():
    """{author.handle} links to a listed domain, {domain_hour} times within an hour."""
    return any(domain in wordlist("domains_b") for domain in post.domains) and domain_hour >= 1


@rule(on=post.created, then=tag(author, "domains-c"))
def domains_c():
    """{author.handle} links to a listed domain."""
    return any(domain in wordlist("domains_c") for domain in post.domains)


@rule(on=post.created, then=tag(author, "domains-d"))
def domains_d():
    """{author.handle} links to a listed domain that {domain_accounts} accounts link to."""
    return any(domain in wordlist("domains_d") for domain in post.domains) and domain_accounts >= 1


@rule(on=post.created, then=tag(author, "mentions-a"))
def mentions_a():
    """{author.handle} mentions a listed account."""
    return any(did in wordlist("accounts_f") for did in post.mentions)
