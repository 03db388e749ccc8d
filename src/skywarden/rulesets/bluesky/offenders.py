"""What several findings say together: an account that one rule after the other has tagged."""

from skywarden.lang import *

SUSPICIONS = parameter("suspicions", 3, least=2, doc="Different suspicions about one account.")


@rule(on=record.created, then=[label(author, "spam"), report(author, reason="spam")], limit=per_day(200))
def several_suspicions():
    """{author.handle} was found by {found} different rules: {author.tags}"""
    found = count(tag in wordlist("suspicions") for tag in author.tags)
    return found >= SUSPICIONS
