"""Write the rule that tests run when they want many labels whose number is easy to know."""

from pathlib import Path

_RULE = '''"""A rule that fires as often as possible."""

from skywarden.lang import *


@rule(on=post.created, then=[label(post, "spam")])
def every_post():
    """A post was made."""
    return known(post.text)
'''


def write_every_post_rule(folder: Path) -> Path:
    """Put the rule into a folder of its own below `folder`; return that folder."""
    rules = folder / "rules"
    rules.mkdir()
    (rules / "every_post.py").write_text(_RULE, encoding="utf-8")
    return rules
