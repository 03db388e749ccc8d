"""Fifty rules on numbers, counts and flags; six of them read a window too."""

from skywarden.lang import *

posts_hour = count(by=author.did, over=1 * hour)
posts_day = count(by=author.did, over=1 * day)
replies_hour = count(by=author.did, over=1 * hour, where=post.is_reply)
parents_hour = distinct(post.parent.did, by=author.did, over=1 * hour)
piled_on = count(by=post.parent.did, over=1 * hour)
texts_day = distinct(post.text, by=author.did, over=1 * day)


@rule(on=post.created, then=tag(author, "numbers-01"))
def numbers_01():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return post.has_video and length(post.mentions) >= 2 and length(post.domains) >= 1


@rule(on=post.created, then=tag(author, "numbers-02"))
def numbers_02():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return length(post.domains) >= 1 and post.is_quote and author.posts > 100000 and length(post.text) > 280


@rule(on=post.created, then=tag(author, "numbers-03"))
def numbers_03():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return author.followers < 2 and author.age < 30 * days and not author.has_avatar and author.posts > 100000


@rule(on=post.created, then=tag(author, "numbers-04"))
def numbers_04():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return not author.has_avatar and author.age < 3 * days and post.is_quote


@rule(on=post.created, then=tag(author, "numbers-05"))
def numbers_05():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return not author.has_avatar and author.followers > 200000 and author.follows > 3000


@rule(on=post.created, then=tag(author, "numbers-06"))
def numbers_06():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return author.follows > 3000 and author.followers < 2 and post.image_count >= 2 and not author.has_avatar


@rule(on=post.created, then=tag(author, "numbers-07"))
def numbers_07():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return author.posts > 100000 and author.followers / (author.follows + 1) < 0.001


@rule(on=post.created, then=tag(author, "numbers-08"))
def numbers_08():
    """{author.handle}, {author.age} old, {author.followers} followers, {posts_hour} by posts_hour."""
    return author.posts < 5 and length(post.domains) >= 1 and posts_hour >= 40


@rule(on=post.created, then=tag(author, "numbers-09"))
def numbers_09():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return not author.has_avatar and post.image_count >= 2 and author.age < 7 * days and post.has_video


@rule(on=post.created, then=tag(author, "numbers-10"))
def numbers_10():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return author.followers > 200000 and post.image_count == 4 and author.posts < 5


@rule(on=post.created, then=tag(author, "numbers-11"))
def numbers_11():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return length(post.text) < 4 and post.created_at > event.time + 5 * minutes


@rule(on=post.created, then=tag(author, "numbers-12"))
def numbers_12():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return post.created_at > event.time + 5 * minutes and post.has_video and not post.is_reply


@rule(on=post.created, then=tag(author, "numbers-13"))
def numbers_13():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return length(post.domains) >= 1 and post.created_at > event.time + 5 * minutes and author.age < 7 * days


@rule(on=post.created, then=tag(author, "numbers-14"))
def numbers_14():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return length(post.mentions) >= 2 and author.posts > 100000 and length(post.text) > 280


@rule(on=post.created, then=tag(author, "numbers-15"))
def numbers_15():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return author.follows > 3000 and post.is_reply and author.followers % 1000 == 7


@rule(on=post.created, then=tag(author, "numbers-16"))
def numbers_16():
    """{author.handle}, {author.age} old, {author.followers} followers, {posts_day} by posts_day."""
    return post.is_reply and not post.is_self_thread and post.has_video and posts_day >= 120


@rule(on=post.created, then=tag(author, "numbers-17"))
def numbers_17():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return author.followers / (author.follows + 1) < 0.001 and not author.has_avatar and post.is_quote


@rule(on=post.created, then=tag(author, "numbers-18"))
def numbers_18():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return author.posts < 2 and author.age < 1 * day and post.has_video


@rule(on=post.created, then=tag(author, "numbers-19"))
def numbers_19():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return (
        author.age < 1 * day and post.created_at < event.time - 30 * days and post.is_reply and not post.is_self_thread
    )


@rule(on=post.created, then=tag(author, "numbers-20"))
def numbers_20():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return author.followers > 50000 and author.age < 3 * days and author.follows > 6000


@rule(on=post.created, then=tag(author, "numbers-21"))
def numbers_21():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return post.is_quote and author.followers < 5 and post.created_at > event.time + 5 * minutes


@rule(on=post.created, then=tag(author, "numbers-22"))
def numbers_22():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return post.created_at > event.time + 5 * minutes and author.posts < 5 and author.follows > 6000


@rule(on=post.created, then=tag(author, "numbers-23"))
def numbers_23():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return post.image_count == 4 and post.is_quote and length(post.mentions) >= 3


@rule(on=post.created, then=tag(author, "numbers-24"))
def numbers_24():
    """{author.handle}, {author.age} old, {author.followers} followers, {replies_hour} by replies_hour."""
    return length(post.domains) >= 1 and not author.has_avatar and replies_hour >= 30


@rule(on=post.created, then=tag(author, "numbers-25"))
def numbers_25():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return length(post.text) > 280 and length(post.domains) >= 1 and length(post.tags) >= 3


@rule(on=post.created, then=tag(author, "numbers-26"))
def numbers_26():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return (
        author.posts > 50 * author.followers + 1000
        and post.is_quote
        and length(post.mentions) >= 2
        and author.follows > 3000
    )


@rule(on=post.created, then=tag(author, "numbers-27"))
def numbers_27():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return post.created_at < event.time - 30 * days and post.has_video


@rule(on=post.created, then=tag(author, "numbers-28"))
def numbers_28():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return length(post.mentions) >= 3 and length(post.tags) >= 2 and author.follows > 20 * author.followers


@rule(on=post.created, then=tag(author, "numbers-29"))
def numbers_29():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return (
        author.has_avatar.or_else(True)
        and author.age < 7 * days
        and length(post.domains) >= 1
        and author.follows > 3000
    )


@rule(on=post.created, then=tag(author, "numbers-30"))
def numbers_30():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return length(post.mentions) >= 3 and author.followers / (author.follows + 1) < 0.0005


@rule(on=post.created, then=tag(author, "numbers-31"))
def numbers_31():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return (
        post.is_reply
        and not post.is_self_thread
        and author.has_avatar.or_else(True)
        and post.created_at > event.time + 5 * minutes
        and length(post.domains) >= 1
    )


@rule(on=post.created, then=tag(author, "numbers-32"))
def numbers_32():
    """{author.handle}, {author.age} old, {author.followers} followers, {parents_hour} by parents_hour."""
    return author.has_avatar.or_else(True) and length(post.mentions) >= 3 and parents_hour >= 25


@rule(on=post.created, then=tag(author, "numbers-33"))
def numbers_33():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return author.followers > 200000 and post.created_at > event.time + 5 * minutes and length(post.domains) >= 1


@rule(on=post.created, then=tag(author, "numbers-34"))
def numbers_34():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return author.posts < 5 and author.age < 1 * day and author.followers < 2


@rule(on=post.created, then=tag(author, "numbers-35"))
def numbers_35():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return length(post.text) > 280 and post.created_at < event.time - 30 * days


@rule(on=post.created, then=tag(author, "numbers-36"))
def numbers_36():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return (
        post.is_reply
        and not post.is_self_thread
        and author.followers / (author.follows + 1) < 0.001
        and post.created_at > event.time + 5 * minutes
    )


@rule(on=post.created, then=tag(author, "numbers-37"))
def numbers_37():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return not author.has_avatar and post.image_count >= 3 and length(post.tags) >= 3


@rule(on=post.created, then=tag(author, "numbers-38"))
def numbers_38():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return (
        post.is_quote
        and post.created_at > event.time + 5 * minutes
        and not author.has_avatar
        and length(post.domains) >= 1
    )


@rule(on=post.created, then=tag(author, "numbers-39"))
def numbers_39():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return post.created_at > event.time + 5 * minutes and length(post.text) > 280


@rule(on=post.created, then=tag(author, "numbers-40"))
def numbers_40():
    """{author.handle}, {author.age} old, {author.followers} followers, {piled_on} by piled_on."""
    return post.has_video and length(post.text) > 280 and piled_on >= 60


@rule(on=post.created, then=tag(author, "numbers-41"))
def numbers_41():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return post.image_count == 4 and length(post.mentions) >= 2 and author.follows > 20 * author.followers


@rule(on=post.created, then=tag(author, "numbers-42"))
def numbers_42():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return length(post.text) < 4 and author.followers / (author.follows + 1) < 0.001 and length(post.mentions) >= 2


@rule(on=post.created, then=tag(author, "numbers-43"))
def numbers_43():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return post.created_at > event.time + 5 * minutes and not post.is_reply and length(post.text) < 4


@rule(on=post.created, then=tag(author, "numbers-44"))
def numbers_44():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return not author.has_avatar and author.age < 3 * days and author.follows > 20 * author.followers


@rule(on=post.created, then=tag(author, "numbers-45"))
def numbers_45():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return (
        author.followers / (author.follows + 1) < 0.001 and post.created_at > event.time + 5 * minutes and post.is_quote
    )


@rule(on=post.created, then=tag(author, "numbers-46"))
def numbers_46():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return length(post.mentions) >= 3 and length(post.domains) >= 1 and post.is_quote


@rule(on=post.created, then=tag(author, "numbers-47"))
def numbers_47():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return (
        author.age < 3 * days
        and author.has_avatar.or_else(True)
        and author.posts > 50 * author.followers + 1000
        and length(post.tags) >= 3
    )


@rule(on=post.created, then=tag(author, "numbers-48"))
def numbers_48():
    """{author.handle}, {author.age} old, {author.followers} followers, {texts_day} by texts_day."""
    return author.posts > 100000 and post.is_reply and texts_day >= 2 and texts_day * 3 < posts_day


@rule(on=post.created, then=tag(author, "numbers-49"))
def numbers_49():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return author.age < 1 * day and length(post.mentions) >= 3


@rule(on=post.created, then=tag(author, "numbers-50"))
def numbers_50():
    """{author.handle}, {author.age} old, {author.followers} followers."""
    return post.has_video and post.created_at > event.time + 5 * minutes
