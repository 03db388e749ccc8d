"""A harmless text that fires the whole chain, from the stream to the signed label."""

from skywarden.lang import *

CANARY = "SKYWARDEN-CANARY-7f3a9c"


@rule(on=post.created, then=[label(post, "spam"), tag(author, "canary", every=1 * day)])
def canary():
    """{author.handle} posted the canary text."""
    return contains(post.text, CANARY, exact_case=True)
