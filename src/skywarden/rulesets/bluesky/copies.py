"""The same text from many young accounts, and texts that only spammers write."""

from skywarden.lang import *

YOUNG = 14 * days
WAVE_ACCOUNTS = 5
WAVE_POSTS = 8
OWN_COPIES_A_DAY = 10
SHORT_TEXT_A_DAY = 5
SHORT_TEXT = 40

young = author.age < YOUNG


@rule(
    on=post.created,
    then=[label(post, "spam"), report(author, reason="spam"), tag(author, "copy-wave")],
    limit=per_day(5000),
)
def copy_wave():
    """{accounts} young accounts posted the same text {copies} times within an hour: {post.text}"""
    accounts = distinct(author.did, by=same_text(post.text), over=1 * hour, where=young)
    copies = count(by=same_text(post.text), over=1 * hour, where=young)
    return young and accounts >= WAVE_ACCOUNTS and copies >= WAVE_POSTS


@rule(
    on=post.created,
    then=[label(post, "spam"), report(author, reason="spam"), tag(author, "own-copies")],
    limit=per_day(2000),
)
def own_copies():
    """{author.handle}, {author.age} old, posted the same text {copies} times within a day: {post.text}"""
    copies = count(by=(author.did, same_text(post.text)), over=1 * day)
    return author.age < 7 * days and copies >= OWN_COPIES_A_DAY


@rule(on=post.created, then=[report(author, reason="rude"), tag(author, "trivial-harassment")], limit=per_day(500))
def trivial_harassment():
    """{author.handle}, {author.age} old, sent "{post.text}" to others {times} times within a day."""
    times = count(by=(author.did, normalise(post.text)), over=1 * day, where=post.is_reply)
    short = length(post.text) <= SHORT_TEXT
    at_others = post.is_reply and not post.is_self_thread
    return author.age < 7 * days and at_others and short and times > SHORT_TEXT_A_DAY


@rule(
    on=post.created,
    then=[label(post, "spam"), report(author, reason="spam"), tag(author, "trivial-spam")],
    limit=per_day(500),
)
def trivial_spam():
    """{author.handle}, {author.age} old and without a picture, posted a known spam text."""
    faceless = not author.has_avatar
    return author.age < 8 * days and faceless and in_set(normalise(post.text), wordlist("spam_texts"))
