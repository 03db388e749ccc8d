"""Who arrives: new accounts, new hosts, hosts where accounts appear by the dozen, handles that only machines choose."""

from skywarden.lang import *

HOST_BURST = parameter("host_burst", 20, least=5, doc="Accounts of a day that show up on one host within an hour.")
YOUNG_HOST = parameter("young_host", 6, least=3, doc="Accounts of a day on a host that was not there before.")
HANDLES = parameter("handles", 5, least=3, doc="Handles that one account takes within a day.")

newborn = author.age < 1 * day


@rule(
    on=[identity.changed, profile.changed, post.created, follow.created],
    then=tag(author, "new-account", every=1 * day),
    limit=per_day(100_000),
)
def new_account():
    """{author.did} is {author.age} old."""
    arrived = author.age < 4 * hours
    events = count(by=author.did, over=1 * day, where=arrived)
    return arrived and events == 1


@rule(
    on=[identity.changed, profile.changed, post.created, follow.created],
    then=tag(author, "new-host", every=1 * day),
    limit=per_day(1000),
)
def new_host():
    """{author.did} is the first account on {author.pds_host} that we have seen for a month."""
    events = count(by=author.pds_host, over=30 * days)
    return events == 1


@rule(
    on=[identity.changed, profile.changed, post.created, follow.created],
    then=[report(author, reason="spam", every=1 * day), tag(author, "host-burst", every=1 * day)],
    limit=per_day(1000),
)
def host_burst():
    """{arrivals} accounts of a day showed up on {author.pds_host} within an hour, beside {residents} older."""
    arrivals = distinct(author.did, by=author.pds_host, over=1 * hour, where=newborn)
    residents = distinct(author.did, by=author.pds_host, over=1 * day, where=not newborn)
    return newborn and arrivals >= HOST_BURST and arrivals > 2 * residents


@rule(
    on=identity.changed,
    then=[report(author, reason="spam", every=1 * day), tag(author, "bridged-spam", every=1 * day)],
    limit=per_day(500),
)
def bridged_spam_handle():
    """A bridge brought in {identity.handle}, which is a key and no name."""
    return author.age < 2 * days and matches(identity.handle, r"^npub1[02-9ac-hj-np-z]{58,}\.")


@rule(on=handle.changed, then=tag(author, "handle-hopping", every=1 * day), limit=per_day(500))
def handle_hopping():
    """{author.did} took {handles} handles within a day, the last: {identity.handle}"""
    handles = distinct(identity.handle, by=author.did, over=1 * day)
    return handles >= HANDLES


@rule(on=identity.changed, then=tag(author, "other-did-method", every=1 * day), limit=per_day(1000))
def other_did_method():
    """{author.did} is not of did:plc."""
    return not starts_with(author.did, "did:plc:", exact_case=True)


@rule(
    on=[identity.changed, profile.changed, post.created, follow.created],
    then=[report(author, reason="spam", every=1 * day), tag(author, "young-host", every=1 * day)],
    limit=per_day(500),
)
def young_host():
    """{arrivals} accounts of a day, and no others, came from {author.pds_host}, a host first seen at {since}."""
    since = first_seen(by=author.pds_host, over=30 * days)
    arrivals = distinct(author.did, by=author.pds_host, over=1 * day, where=newborn)
    residents = distinct(author.did, by=author.pds_host, over=1 * day, where=not newborn)
    return newborn and event.time - since < 2 * days and arrivals >= YOUNG_HOST and residents == 0
