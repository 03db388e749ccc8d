"""Replies to strangers: floods by young accounts, and one text sent again and again."""

from skywarden.lang import *

from .accounts import busy, newish, nobody, young

FLOOD = parameter("flood", 200, least=50, doc="Strangers that a young account answers within an hour.")
STREAM = parameter("stream", 30, least=10, doc="The same for an account that does nothing else: ask for a review.")
SAME_REPLIES = parameter("same_replies", 20, least=5, doc="Equal replies to strangers within a day.")
SAME_LONG_REPLIES = parameter("same_long_replies", 75, least=10, doc="The same for long texts.")
LONG_TEXT = parameter("long_text", 100, least=20, doc="Characters that make a text long.")
SAME_PARENT = parameter("same_parent", 3, least=2, doc="Equal replies to one post within an hour.")
TEMPLATED = parameter("templated", 12, least=4, doc="Nearly equal replies of a newish account within six hours.")
SUDDEN = parameter("sudden", 5, least=3, doc="Replies within three minutes, among an account's first ten posts.")
DOGPILE = parameter("dogpile", 60, least=10, doc="Replies of newish accounts to one person within an hour.")
PILE_ON = parameter("pile_on", 8, least=4, doc="Unknown accounts that answer one person within an hour.")
SHORT_TEXT = 10

parent_knows = author.is_followed_by(post.parent.did).or_else(False)
root_knows = author.is_followed_by(post.root.did).or_else(False)
to_stranger = post.is_reply and not post.is_self_thread and not parent_knows and not root_knows
with_words = length(post.text) > SHORT_TEXT


@rule(
    on=post.created,
    then=[label(post, "rude"), report(author, reason="rude", every=1 * day), tag(author, "reply-flood", every=1 * day)],
    limit=per_day(2000),
)
def reply_flood():
    """{author.handle}, {author.age} old, replied to {strangers} strangers within an hour."""
    strangers = distinct(post.parent.did, by=author.did, over=1 * hour, where=to_stranger and with_words)
    return young and to_stranger and with_words and strangers >= FLOOD


@rule(
    on=record.created,
    then=[report(author, reason="rude", every=1 * day), tag(author, "reply-stream", every=1 * day)],
    limit=per_day(500),
)
def reply_stream():
    """{author.handle}, {author.age} old, answered {strangers} strangers within an hour and did little else."""
    strangers = distinct(post.parent.did, by=author.did, over=1 * hour, where=to_stranger and with_words)
    answers = count(by=author.did, over=6 * hours, where=post.is_reply)
    acts = count(by=author.did, over=6 * hours, where=busy)
    return newish and to_stranger and with_words and STREAM <= strangers < FLOOD and answers >= 0.9 * acts


@rule(
    on=post.created,
    then=[report(author, reason="spam", every=1 * day), tag(author, "sudden-replies", every=1 * day)],
    limit=per_day(500),
)
def sudden_replies():
    """{author.handle} sent {replies} replies within three minutes, among its first ten posts."""
    early = author.posts <= 10 and post.is_reply and not post.is_self_thread
    replies = count(by=author.did, over=3 * minutes, where=early)
    return early and replies >= SUDDEN


@rule(
    on=post.created,
    then=[report(author, reason="rude", every=1 * day), tag(author, "reply-pile-on", every=1 * day)],
    limit=per_day(500),
)
def reply_pile_on():
    """{accounts} new accounts that nobody follows reply to {post.parent.did} within an hour."""
    accounts = distinct(author.did, by=post.parent.did, over=1 * hour, where=nobody and to_stranger)
    others = distinct(author.did, by=post.parent.did, over=1 * hour, where=not nobody and post.is_reply)
    return nobody and to_stranger and accounts >= PILE_ON and accounts > 2 * others


@rule(
    on=post.created,
    then=[
        label(post, "spam"),
        report(author, reason="spam", every=1 * day),
        tag(author, "identical-reply", every=1 * day),
    ],
    limit=per_day(2000),
)
def identical_reply():
    """{author.handle} sent the same reply {copies} times within a day: {post.text}"""
    copies = count(by=(author.did, same_text(post.text)), over=1 * day, where=to_stranger)
    return young and to_stranger and with_words and copies >= SAME_REPLIES


@rule(
    on=post.created,
    then=[report(author, reason="rude", every=1 * day), tag(author, "identical-long-reply", every=1 * day)],
    limit=per_day(500),
)
def identical_long_reply():
    """{author.handle} sent the same long reply {copies} times within a day: {post.text}"""
    copies = count(by=(author.did, same_text(post.text)), over=1 * day, where=to_stranger)
    return young and to_stranger and length(post.text) > LONG_TEXT and copies >= SAME_LONG_REPLIES


@rule(
    on=post.created,
    then=[
        label(post, "spam"),
        report(author, reason="spam", every=1 * day),
        tag(author, "same-parent-reply", every=1 * day),
    ],
    limit=per_day(500),
)
def identical_reply_same_parent():
    """{author.handle}, {author.age} old, sent the same reply to the same post {copies} times within an hour."""
    copies = count(by=(author.did, post.parent.uri, normalise(post.text)), over=1 * hour)
    newcomer = author.age < 1 * day and author.posts < 50
    return newcomer and post.is_reply and copies >= SAME_PARENT


@rule(
    on=post.created,
    then=[report(author, reason="spam", every=1 * day), tag(author, "templated-replies", every=1 * day)],
    limit=per_day(500),
)
def templated_replies():
    """{author.handle}, {author.age} old, fills one template {copies} times in six hours: {post.text}"""
    copies = similar(post.text, over=6 * hours, by=author.did, threshold=0.6, where=post.is_reply)
    people = distinct(post.parent.did, by=author.did, over=6 * hours)
    return newish and post.is_reply and not post.is_self_thread and copies >= TEMPLATED and people >= TEMPLATED


@rule(on=post.created, then=tag(post.parent.author, "dogpile", every=1 * day), limit=per_day(200))
def dogpile():
    """More than {replies} replies of new accounts went to {post.parent.did} within an hour."""
    replies = heavy(by=post.parent.did, over=1 * hour, slots=2000, where=newish)
    return newish and replies >= DOGPILE
