"""Ten word lists of 500 words and phrases each, over the text of every post."""

from skywarden.lang import *

posts_hour = count(by=author.did, over=1 * hour)
mentioned_hour = count(by=post.mentions, over=1 * hour)
parents_hour = distinct(post.parent.did, by=author.did, over=1 * hour)


@rule(on=post.created, then=tag(author, "words-a"))
def words_a():
    """{post.text}"""
    return contains_any(post.text, wordlist("words_a"))


@rule(on=post.created, then=tag(author, "words-b"))
def words_b():
    """{post.text}"""
    return contains_any(post.text, wordlist("words_b")) and author.age < 700 * days


@rule(on=post.created, then=tag(author, "words-c"))
def words_c():
    """{author.handle}, {posts_hour} posts in an hour: {post.text}"""
    return contains_any(post.text, wordlist("words_c")) and posts_hour >= 2


@rule(on=post.created, then=tag(author, "words-d"))
def words_d():
    """{post.text}"""
    return contains_any(post.text, wordlist("words_d"))


@rule(on=post.created, then=tag(author, "words-e"))
def words_e():
    """{mentioned_hour} mentions within an hour: {post.text}"""
    return contains_any(post.text, wordlist("words_e")) and mentioned_hour.or_else(0) >= 0


@rule(on=post.created, then=tag(author, "words-f"))
def words_f():
    """{post.text}"""
    return contains_any(post.text, wordlist("words_f"))


@rule(on=post.created, then=tag(author, "words-g"))
def words_g():
    """{parents_hour} accounts answered: {post.text}"""
    return contains_any(post.text, wordlist("words_g")) and (post.is_reply or parents_hour >= 1)


@rule(on=post.created, then=tag(author, "words-h"))
def words_h():
    """{post.text}"""
    return contains_any(post.text, wordlist("words_h")) and not author.followers > 50000


@rule(on=post.created, then=tag(author, "words-i"))
def words_i():
    """{post.text}"""
    return contains_any(post.text, wordlist("words_i"))


@rule(on=post.created, then=tag(author, "words-j"))
def words_j():
    """{posts_hour} posts in an hour: {post.text}"""
    return contains_any(post.text, wordlist("words_j")) and posts_hour >= 1
