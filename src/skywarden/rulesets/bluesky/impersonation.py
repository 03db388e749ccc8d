"""Accounts whose handle and name read like those of a well-known account that was there before."""

from skywarden.lang import *

from .accounts import newish

LATER = parameter("later", 90 * days, least=7 * days, doc="An imitation is younger than this, and the original older.")
WELL_KNOWN = parameter("well_known", 10000, least=100, doc="Followers of an account that others imitate.")
COMMON_NAME = parameter("common_name", 4, least=2, doc="A name that more accounts share is nobody's.")
SHARED_FACE = parameter("shared_face", 4, least=2, doc="Newish accounts with one and the same picture within a week.")

handle_key = name_key(author.handle)
shown_key = name_key(author.display_name)


@rule(
    on=record.created,
    then=[report(author, reason="misleading", every=1 * day), tag(author, "look-alike", every=1 * day)],
    limit=per_day(500),
)
def look_alike():
    """{author.handle} ("{author.display_name}"), {author.age} old, reads like a well-known account in all it says."""
    twins = distinct(author.did, by=(handle_key, shown_key, same_text(author.description)), over=7 * days)
    known_elder = author.age >= LATER and author.followers >= WELL_KNOWN
    elders = distinct(
        author.did, by=(handle_key, shown_key, same_text(author.description)), over=7 * days, where=known_elder
    )
    return author.age < LATER and elders == 1 and 2 <= twins <= COMMON_NAME


@rule(
    on=[identity.changed, profile.changed, post.created, follow.created],
    then=[report(author, reason="misleading", every=1 * day), tag(author, "protected-name", every=1 * day)],
    limit=per_day(500),
)
def protected_name():
    """{author.handle}, {author.age} old, goes by a protected name."""
    protected = in_set(handle_key, wordlist("protected_names"))
    return author.age < LATER and protected and not in_set(author.handle, wordlist("protected_handles"))


@rule(
    on=identity.changed,
    then=[report(author, reason="misleading", every=1 * day), tag(author, "protected-handle", every=1 * day)],
)
def protected_handle_taken():
    """An account took the handle {identity.handle}, which reads like a protected one."""
    protected = in_set(name_key(identity.handle), wordlist("protected_names"))
    return protected and not in_set(identity.handle, wordlist("protected_handles"))


@rule(
    on=profile.changed,
    then=[report(author, reason="misleading", every=1 * day), tag(author, "shared-face", every=1 * day)],
    limit=per_day(500),
)
def shared_face():
    """{accounts} new accounts show the same picture: {profile.avatar_cid}"""
    accounts = distinct(author.did, by=profile.avatar_cid, over=7 * days, where=newish)
    return newish and accounts >= SHARED_FACE


@rule(on=profile.updated, then=tag(author, "made-over", every=1 * day), limit=per_day(1000))
def made_over():
    """{author.handle}, {author.age} old, changed name, description and picture at once."""
    name = profile.display_name != profile.previous.display_name
    words = profile.description != profile.previous.description
    face = profile.avatar_cid != profile.previous.avatar_cid
    return author.age >= LATER and name and words and face
