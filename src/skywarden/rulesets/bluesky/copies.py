"""The same text from many new accounts, and texts that only spammers write."""

from skywarden.lang import *

from .accounts import newish

WAVE_ACCOUNTS = parameter("wave_accounts", 4, least=3, doc="Newish accounts that post one text within an hour.")
WAVE_POSTS = parameter("wave_posts", 8, least=4, doc="How often they post it.")
PROFILE_TWINS = parameter("profile_twins", 5, least=3, doc="Newish accounts with one description within a day.")
NEAR_ACCOUNTS = parameter("near_accounts", 4, least=3, doc="Newish accounts with nearly one text within an hour.")
NEAR_POSTS = parameter("near_posts", 8, least=4, doc="How often they post it.")
OWN_COPIES = parameter("own_copies", 10, least=5, doc="How often a new account posts one text within a day.")
SHORT_TEXTS = parameter("short_texts", 5, least=3, doc="How often a new account sends one short text to others.")
SHORT_TEXT = parameter("short_text", 40, least=5, most=100, doc="Characters of a short text.")
SLEPT = parameter("slept", 180 * days, least=30 * days, doc="Age of an account that has slept.")
SLEEPER_POSTS = parameter("sleeper_posts", 5, least=1, doc="A sleeper has made fewer posts than this.")
SLEEPERS = parameter("sleepers", 4, least=3, doc="Sleepers that wake up with one text within an hour.")

sleeper = author.age >= SLEPT and author.posts < SLEEPER_POSTS


@rule(
    on=post.created,
    then=[label(post, "spam"), report(author, reason="spam", every=1 * day), tag(author, "copy-wave", every=1 * day)],
    limit=per_day(5000),
)
def copy_wave():
    """{accounts} new accounts posted the same text {copies} times within an hour: {post.text}"""
    accounts = distinct(author.did, by=same_text(post.text), over=1 * hour, where=newish)
    copies = count(by=same_text(post.text), over=1 * hour, where=newish)
    others = distinct(author.did, by=same_text(post.text), over=1 * hour, where=not newish)
    again = copies >= 1.5 * accounts
    return newish and accounts >= WAVE_ACCOUNTS and copies >= WAVE_POSTS and again and accounts > 3 * others


@rule(
    on=post.created,
    then=[report(author, reason="spam", every=1 * day), tag(author, "near-copies", every=1 * day)],
    limit=per_day(1000),
)
def near_copies():
    """{accounts} new accounts and nobody else posted nearly the same text {copies} times within an hour: {post.text}"""
    copies = similar(post.text, threshold=0.8, over=1 * hour, where=newish)
    accounts = similar(post.text, threshold=0.8, over=1 * hour, distinct=author.did, where=newish)
    others = similar(post.text, threshold=0.8, over=1 * hour, distinct=author.did, where=not newish)
    return newish and accounts >= NEAR_ACCOUNTS and copies >= NEAR_POSTS and copies > accounts and others == 0


@rule(
    on=post.created,
    then=[label(post, "spam"), report(author, reason="spam", every=1 * day), tag(author, "own-copies", every=1 * day)],
    limit=per_day(2000),
)
def own_copies():
    """{author.handle}, {author.age} old, posted the same text {copies} times within a day: {post.text}"""
    copies = count(by=(author.did, same_text(post.text)), over=1 * day)
    return author.age < 7 * days and copies >= OWN_COPIES


@rule(
    on=post.created,
    then=[report(author, reason="spam", every=1 * day), tag(author, "sleeper", every=1 * day)],
    limit=per_day(500),
)
def sleepers_awake():
    """{accounts} old accounts that had hardly ever posted woke up with the same text: {post.text}"""
    accounts = distinct(author.did, by=same_text(post.text), over=1 * hour, where=sleeper)
    others = distinct(author.did, by=same_text(post.text), over=1 * hour, where=not sleeper)
    return sleeper and accounts >= SLEEPERS and accounts > 3 * others


@rule(
    on=profile.changed,
    then=[report(author, reason="spam", every=1 * day), tag(author, "profile-twin", every=1 * day)],
    limit=per_day(500),
)
def profile_twins():
    """{twins} new accounts gave themselves the same description within a day: {profile.description}"""
    twins = distinct(author.did, by=same_text(profile.description), over=1 * day, where=newish)
    others = distinct(author.did, by=same_text(profile.description), over=1 * day, where=not newish)
    return newish and twins >= PROFILE_TWINS and twins > 3 * others


@rule(
    on=post.created,
    then=[report(author, reason="rude", every=1 * day), tag(author, "trivial-harassment", every=1 * day)],
    limit=per_day(500),
)
def trivial_harassment():
    """{author.handle}, {author.age} old, sent "{post.text}" to others {times} times within a day."""
    times = count(by=(author.did, normalise(post.text)), over=1 * day, where=post.is_reply)
    short = length(post.text) <= SHORT_TEXT
    at_others = post.is_reply and not post.is_self_thread
    return author.age < 7 * days and at_others and short and times > SHORT_TEXTS


@rule(
    on=post.created,
    then=[
        label(post, "spam"),
        report(author, reason="spam", every=1 * day),
        tag(author, "trivial-spam", every=1 * day),
    ],
    limit=per_day(500),
)
def trivial_spam():
    """{author.handle}, {author.age} old and without a picture, posted a known spam text."""
    faceless = not author.has_avatar
    return author.age < 8 * days and faceless and in_set(normalise(post.text), wordlist("spam_texts"))
