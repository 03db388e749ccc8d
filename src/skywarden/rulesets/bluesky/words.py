"""Words of a list in names, texts and descriptions of pictures."""

from skywarden.lang import *

bad_words = wordlist("bad_words")


@rule(
    on=profile.changed,
    then=[label(author, "rude"), report(author, reason="rude"), tag(author, "bad-name")],
    limit=per_day(200),
)
def bad_name():
    """{author.handle} took a name with a listed word: {profile.display_name}"""
    return contains_any(profile.display_name, bad_words) or looks_like_any(profile.display_name, bad_words)


@rule(on=post.created, then=[label(post, "rude"), report(post, reason="rude")], limit=per_day(1000))
def bad_words_posted():
    """{author.handle} used a listed word in a post or in the description of a picture."""
    return contains_any(post.text, bad_words) or any(contains_any(alt, bad_words) for alt in post.alt_texts)


@rule(
    on=post.created,
    then=[label(post, "spam"), report(author, reason="spam"), tag(author, "hashtags")],
    limit=per_day(1000),
)
def too_many_hashtags():
    """{author.handle} put {tags} hashtags on a post of {size} characters."""
    tags = length(post.tags)
    size = length(post.text)
    dense = tags > 4 and post.image_count == 0 and size < 15 * tags
    return author.age < 30 * days and (dense or (tags > 7 and size < 18 * tags))
