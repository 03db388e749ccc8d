"""Follows and likes made and taken back by the hundred, so that many get a notification."""

from skywarden.lang import *

from .accounts import newish, nobody

CHURN_A_DAY = parameter("churn_a_day", 800, least=100, doc="So many made and so many undone within a day.")
QUICK_CHURN = parameter("quick_churn", 20, least=10, doc="The same within an hour, by a newish account.")
FOLLOWS_A_DAY = parameter("follows_a_day", 3000, least=500, doc="More follows a day are a flood.")
BOUGHT_FOLLOWERS = parameter("bought_followers", 15, least=5, doc="Unknown accounts that follow one in an hour.")

made = event.action == "create"
undone = event.action == "delete"
is_follow = event.collection == "app.bsky.graph.follow"
is_like = event.collection == "app.bsky.feed.like"


@rule(
    on=[follow.created, follow.deleted, like.created, like.deleted],
    then=[
        label(author, "spam", expires=30 * days, every=1 * day),
        report(author, reason="spam", every=1 * day),
        tag(author, "follow-churn", every=1 * day),
    ],
    limit=per_day(200),
)
def follow_churn():
    """{author.handle} followed {follows} accounts and unfollowed {unfollows} within a day."""
    follows = count(by=author.did, over=1 * day, where=made and is_follow)
    unfollows = count(by=author.did, over=1 * day, where=undone and is_follow)
    return undone and is_follow and follows > CHURN_A_DAY and unfollows > CHURN_A_DAY and unfollows > 0.5 * follows


@rule(
    on=[follow.created, follow.deleted, like.created, like.deleted],
    then=[
        label(author, "spam", expires=30 * days, every=1 * day),
        report(author, reason="spam", every=1 * day),
        tag(author, "like-churn", every=1 * day),
    ],
    limit=per_day(200),
)
def like_churn():
    """{author.handle} liked {likes} posts and unliked {unlikes} within a day."""
    likes = count(by=author.did, over=1 * day, where=made and is_like)
    unlikes = count(by=author.did, over=1 * day, where=undone and is_like)
    return undone and is_like and likes > CHURN_A_DAY and unlikes > CHURN_A_DAY and unlikes > 0.5 * likes


@rule(
    on=[follow.created, follow.deleted, like.created, like.deleted],
    then=[report(author, reason="spam", every=1 * day), tag(author, "quick-churn", every=1 * day)],
    limit=per_day(500),
)
def quick_churn():
    """{author.handle}, {author.age} old, made {created} follows or likes and took {deleted} back within an hour."""
    created = count(by=author.did, over=1 * hour, where=made)
    deleted = count(by=author.did, over=1 * hour, where=undone)
    churns = created >= QUICK_CHURN and deleted >= QUICK_CHURN and deleted > 0.5 * created
    return newish and undone and churns


@rule(
    on=follow.created,
    then=[report(author, reason="spam", every=1 * day), tag(author, "follow-flood", every=1 * day)],
    limit=per_day(200),
)
def follow_flood():
    """{author.handle} followed {follows} accounts within a day."""
    follows = count(by=author.did, over=1 * day)
    return follows > FOLLOWS_A_DAY


@rule(on=follow.created, then=tag(author, "bought-follower", every=1 * day), limit=per_day(1000))
def bought_followers():
    """{followers} new accounts that nobody follows began to follow {subject.did} within an hour."""
    followers = distinct(author.did, by=subject.did, over=1 * hour, where=nobody)
    others = distinct(author.did, by=subject.did, over=1 * hour, where=not nobody)
    return nobody and followers >= BOUGHT_FOLLOWERS and followers > 3 * others


@rule(on=follow.created, then=tag(author, "fast-follows", every=1 * day), limit=per_day(1000))
def fast_follows():
    """{author.handle}, {author.age} old, follows faster than somebody who reads: 300 at once, then 150 an hour."""
    return newish and rate_limited(by=author.did, rate=per_hour(150), burst=300)
