"""Follows and likes made and taken back by the hundred, so that many get a notification."""

from skywarden.lang import *

CHURN_A_DAY = 800
QUICK_CHURN_AN_HOUR = 100
FOLLOWS_A_DAY = 3000

made = event.action == "create"
undone = event.action == "delete"


@rule(
    on=[follow.created, follow.deleted],
    then=[label(author, "spam"), report(author, reason="spam"), tag(author, "follow-churn")],
    limit=per_day(200),
)
def follow_churn():
    """{author.handle} followed {follows} accounts and unfollowed {unfollows} within a day."""
    follows = count(by=author.did, over=1 * day, where=made)
    unfollows = count(by=author.did, over=1 * day, where=undone)
    return undone and follows > CHURN_A_DAY and unfollows > CHURN_A_DAY and unfollows > 0.5 * follows


@rule(
    on=[like.created, like.deleted],
    then=[label(author, "spam"), report(author, reason="spam"), tag(author, "like-churn")],
    limit=per_day(200),
)
def like_churn():
    """{author.handle} liked {likes} posts and unliked {unlikes} within a day."""
    likes = count(by=author.did, over=1 * day, where=made)
    unlikes = count(by=author.did, over=1 * day, where=undone)
    return undone and likes > CHURN_A_DAY and unlikes > CHURN_A_DAY and unlikes > 0.5 * likes


@rule(
    on=[follow.created, follow.deleted, like.created, like.deleted],
    then=[report(author, reason="spam"), tag(author, "quick-churn")],
    limit=per_day(500),
)
def quick_churn():
    """{author.handle}, {author.age} old, made {created} follows or likes and took {deleted} back within an hour."""
    created = count(by=author.did, over=1 * hour, where=made)
    deleted = count(by=author.did, over=1 * hour, where=undone)
    young = author.age < 30 * days
    return young and undone and deleted >= QUICK_CHURN_AN_HOUR and deleted > 0.5 * created


@rule(on=follow.created, then=[report(author, reason="spam"), tag(author, "follow-flood")], limit=per_day(200))
def follow_flood():
    """{author.handle} followed {follows} accounts within a day."""
    follows = count(by=author.did, over=1 * day)
    return follows > FOLLOWS_A_DAY
