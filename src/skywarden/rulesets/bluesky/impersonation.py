"""Accounts whose handle and name read like those of a well-known account that was there before."""

from skywarden.lang import *

LATER = 90 * days
WELL_KNOWN = 10000
COMMON_NAME = 4
handle_key = name_key(author.handle)
shown_key = name_key(author.display_name)


@rule(
    on=record.created,
    then=[label(author, "impersonation"), report(author, reason="misleading"), tag(author, "look-alike")],
    limit=per_day(500),
)
def look_alike():
    """{author.handle} ("{author.display_name}"), {author.age} old, reads like a well-known account."""
    twins = distinct(author.did, by=(handle_key, shown_key), over=7 * days)
    known_elder = author.age >= LATER and author.followers >= WELL_KNOWN
    elders = distinct(author.did, by=(handle_key, shown_key), over=7 * days, where=known_elder)
    return author.age < LATER and elders == 1 and 2 <= twins <= COMMON_NAME


@rule(
    on=[post.created, profile.changed],
    then=[report(author, reason="misleading"), tag(author, "protected-name")],
    limit=per_day(500),
)
def protected_name():
    """{author.handle}, {author.age} old, goes by a protected name."""
    protected = in_set(handle_key, wordlist("protected_names"))
    return author.age < LATER and protected and not in_set(author.handle, wordlist("protected_handles"))


@rule(on=identity.changed, then=[report(author, reason="misleading"), tag(author, "protected-handle")])
def protected_handle_taken():
    """An account took the handle {identity.handle}, which reads like a protected one."""
    protected = in_set(name_key(identity.handle), wordlist("protected_names"))
    return protected and not in_set(identity.handle, wordlist("protected_handles"))
