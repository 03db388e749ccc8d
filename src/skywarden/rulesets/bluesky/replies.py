"""Replies to strangers: floods by young accounts, and one text sent again and again."""

from skywarden.lang import *

YOUNG = 14 * days
FLOOD_STRANGERS = 200
STREAM_STRANGERS = 40
SAME_REPLIES_A_DAY = 20
SAME_LONG_REPLIES_A_DAY = 75
LONG_TEXT = 100
SAME_PARENT_REPLIES = 3
SHORT_TEXT = 10

young = author.age < YOUNG
parent_knows = author.is_followed_by(post.parent.did).or_else(False)
root_knows = author.is_followed_by(post.root.did).or_else(False)
to_stranger = post.is_reply and not post.is_self_thread and not parent_knows and not root_knows
with_words = length(post.text) > SHORT_TEXT


@rule(
    on=post.created,
    then=[label(post, "rude"), report(author, reason="rude"), tag(author, "reply-flood")],
    limit=per_day(2000),
)
def reply_flood():
    """{author.handle}, {author.age} old, replied to {strangers} strangers within an hour."""
    strangers = distinct(post.parent.did, by=author.did, over=1 * hour, where=to_stranger and with_words)
    return young and to_stranger and with_words and strangers >= FLOOD_STRANGERS


@rule(on=post.created, then=[report(author, reason="rude"), tag(author, "reply-stream")], limit=per_day(500))
def reply_stream():
    """{author.handle}, {author.age} old, replies to one stranger after another: {strangers} within an hour."""
    strangers = distinct(post.parent.did, by=author.did, over=1 * hour, where=to_stranger and with_words)
    return young and to_stranger and with_words and STREAM_STRANGERS <= strangers < FLOOD_STRANGERS


@rule(
    on=post.created,
    then=[label(post, "spam"), report(author, reason="spam"), tag(author, "identical-reply")],
    limit=per_day(2000),
)
def identical_reply():
    """{author.handle} sent the same reply {copies} times within a day: {post.text}"""
    copies = count(by=(author.did, same_text(post.text)), over=1 * day, where=to_stranger)
    return young and to_stranger and with_words and copies >= SAME_REPLIES_A_DAY


@rule(on=post.created, then=[report(author, reason="rude"), tag(author, "identical-long-reply")], limit=per_day(500))
def identical_long_reply():
    """{author.handle} sent the same long reply {copies} times within a day: {post.text}"""
    copies = count(by=(author.did, same_text(post.text)), over=1 * day, where=to_stranger)
    return young and to_stranger and length(post.text) > LONG_TEXT and copies >= SAME_LONG_REPLIES_A_DAY


@rule(
    on=post.created,
    then=[label(post, "spam"), report(author, reason="spam"), tag(author, "same-parent-reply")],
    limit=per_day(500),
)
def identical_reply_same_parent():
    """{author.handle}, {author.age} old, sent the same reply to the same post {copies} times within an hour."""
    copies = count(by=(author.did, post.parent.uri, normalise(post.text)), over=1 * hour)
    newcomer = author.age < 1 * day and author.posts < 50
    return newcomer and post.is_reply and copies >= SAME_PARENT_REPLIES
