"""What findings, reports and decisions say together: accounts that stand out more than once, and who reports them."""

from skywarden.lang import *

SUSPICIONS = parameter("suspicions", 3, least=2, doc="Different suspicions about one account.")
LABELLED = parameter("labelled", 3, least=2, doc="Records of one account that were labelled within a week.")
REPORTERS = parameter("reporters", 5, least=2, doc="People who report one account within a day.")
REPORTED = parameter("reported", 30, least=5, doc="Accounts that one person reports within an hour.")
PACKS = parameter("packs", 10, least=3, doc="Starter packs that one account makes within a week.")


@rule(
    on=record.created,
    then=[label(author, "spam", expires=30 * days, every=1 * day), report(author, reason="spam", every=1 * day)],
    limit=per_day(200),
)
def several_suspicions():
    """{author.handle} was found by {found} different rules: {author.tags}"""
    found = count(tag in wordlist("suspicions") for tag in author.tags)
    return found >= SUSPICIONS


@rule(
    on=moderation.happened,
    then=[label(author, "spam", expires=30 * days, every=1 * day), tag(author, "repeat-offender", every=1 * day)],
    limit=per_day(200),
)
def repeat_offender():
    """{records} posts of {author.did} were labelled as spam within a week."""
    spam = any(value == "spam" for value in moderation.added) and known(subject.uri)
    records = distinct(subject.uri, by=author.did, over=7 * days, where=spam)
    return spam and records >= LABELLED


@rule(on=moderation.happened, then=escalate(author, every=1 * day), limit=per_day(100))
def protection_given():
    """{author.did} was put under protection: {moderation.added}"""
    return any(value == "protected" for value in moderation.added)


@rule(on=report.received, then=escalate(author, every=1 * day), limit=per_day(200))
def reported_by_many():
    """{reporters} people reported {author.did} within a day."""
    reporters = distinct(report.by, by=author.did, over=1 * day)
    return reporters >= REPORTERS


@rule(on=report.received, then=tag(report.by, "report-flood", every=1 * day), limit=per_day(100))
def report_flood():
    """{report.by} reported {accounts} accounts within an hour."""
    accounts = distinct(author.did, by=report.by, over=1 * hour)
    return accounts >= REPORTED


@rule(
    on=starterpack.created,
    then=[report(author, reason="spam", every=1 * day), tag(author, "follow-farming", every=1 * day)],
    limit=per_day(200),
)
def pack_flood():
    """{author.handle} made {packs} starter packs within a week, the last: {starterpack.name}"""
    packs = count(by=author.did, over=7 * days)
    return packs >= PACKS
