"""Words of a list in names, texts, tags and descriptions of pictures."""

from skywarden.lang import *

from .accounts import young

MANY_TAGS = parameter("many_tags", 4, least=2, doc="More hashtags than this on a post that says little else.")
VERY_MANY_TAGS = parameter("very_many_tags", 7, least=3, doc="The same for posts with pictures.")

bad_words = wordlist("bad_words")


@rule(
    on=profile.changed,
    then=[
        label(author, "rude", expires=30 * days, every=1 * day),
        report(author, reason="rude", every=1 * day),
        tag(author, "bad-name", every=1 * day),
    ],
    limit=per_day(200),
)
def bad_name():
    """{author.handle} took a name with a listed word: {profile.display_name}"""
    return contains_any(profile.display_name, bad_words) or looks_like_any(profile.display_name, bad_words)


@rule(
    on=profile.changed,
    then=[report(author, reason="rude", every=1 * day), tag(author, "bad-description", every=1 * day)],
    limit=per_day(500),
)
def bad_description():
    """{author.handle} describes itself with a listed word."""
    return contains_any(profile.description, bad_words)


@rule(
    on=identity.changed,
    then=[report(author, reason="rude", every=1 * day), tag(author, "bad-handle", every=1 * day)],
    limit=per_day(200),
)
def bad_handle():
    """An account took the handle {identity.handle}, with a listed word in it."""
    return contains_any(identity.handle, bad_words) or looks_like_any(identity.handle, bad_words)


@rule(
    on=profile.changed,
    then=[report(author, reason="spam", every=1 * day), tag(author, "bot-profile", every=1 * day)],
    limit=per_day(500),
)
def bot_profile():
    """{author.handle} describes itself as known bots do."""
    return contains_any(profile.description, wordlist("bot_links"))


@rule(on=post.created, then=[label(post, "rude"), report(post, reason="rude")], limit=per_day(1000))
def bad_words_posted():
    """{author.handle} used a listed word in a post or in the description of a picture."""
    return contains_any(post.text, bad_words) or any(contains_any(alt, bad_words) for alt in post.alt_texts)


@rule(
    on=post.created,
    then=[report(author, reason="rude", every=1 * day), tag(author, "one-word-insult", every=1 * day)],
    limit=per_day(500),
)
def bad_word_reply():
    """{author.handle} answered with a listed word and nothing else, in whatever spelling: {post.text}"""
    short = length(post.text) <= 30
    return post.is_reply and short and looks_like_any(post.text, bad_words)


@rule(
    on=post.created, then=[report(post, reason="rude"), tag(author, "bad-hashtag", every=1 * day)], limit=per_day(500)
)
def bad_hashtag():
    """{author.handle} used a listed hashtag: {post.tags}"""
    return any(looks_like_any(tag, bad_words) or lower(tag) in wordlist("bad_hashtags") for tag in post.tags)


@rule(
    on=record.created,
    then=[report(author, reason="rude", every=1 * day), tag(author, "bad-record-key", every=1 * day)],
    limit=per_day(200),
)
def bad_record_key():
    """{author.handle} made a record under the key {event.rkey}."""
    return contains_any(event.rkey, bad_words)


@rule(
    on=post.created,
    then=[label(post, "spam"), report(author, reason="spam", every=1 * day), tag(author, "hashtags", every=1 * day)],
    limit=per_day(1000),
)
def too_many_hashtags():
    """{author.handle} put {tags} hashtags on a post of {size} characters."""
    tags = length(post.tags)
    size = length(post.text)
    dense = tags > MANY_TAGS and post.image_count == 0 and size < 15 * tags
    return young and (dense or (tags > VERY_MANY_TAGS and size < 18 * tags))


@rule(
    on=userlist.created,
    then=[report(record, reason="rude"), tag(author, "bad-list", every=1 * day)],
    limit=per_day(200),
)
def bad_list():
    """{author.handle} made a list with a listed word in its name or description: {userlist.name}"""
    return contains_any(userlist.name, bad_words) or contains_any(userlist.description, bad_words)


@rule(on=feed.created, then=[report(record, reason="rude"), tag(author, "bad-feed", every=1 * day)], limit=per_day(200))
def bad_feed():
    """{author.handle} made a feed with a listed word in its name or description: {feed.name}"""
    return contains_any(feed.name, bad_words) or contains_any(feed.description, bad_words)
