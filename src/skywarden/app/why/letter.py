"""Turn a statement of reasons into a letter: the operator's template, else ours, with the facts put in."""

import re
from importlib.resources import files

from skywarden.app.why.statement import Statement
from skywarden.kernel.errors import Rejected
from skywarden.moderation.desk.templates import Template

_SLOT = re.compile(r"\{\{\s*([a-z]+)\s*\}\}")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!])")
_OURS = "en"


def letter(statement: Statement, templates: list[Template], name: str, lang: str) -> str:
    """The letter in Markdown. `name` is that of the operator's templates, one a language.

    Raises: Rejected, where there is no template in the language, or it asks for what a statement does not tell.
    """
    slots = _slots(statement)
    text = _template(templates, name, lang)
    unknown = sorted({slot for slot in _SLOT.findall(text) if slot not in slots})
    if unknown:
        raise Rejected("unknown slot", place=f"template {name}", found=", ".join(unknown), expected=", ".join(slots))
    filled = _SLOT.sub(lambda slot: slots[slot[1]], text)
    return re.sub(r"\n{3,}", "\n\n", filled).strip() + "\n"


def _template(templates: list[Template], name: str, lang: str) -> str:
    for one in templates:
        if not one.disabled and one.name.startswith(name) and (one.lang or _OURS) == lang:
            return one.content
    if lang != _OURS:
        hint = f"make a communication template whose name begins with {name!r}, in this language"
        raise Rejected("no template", place="--lang", found=lang, hint=hint)
    return files("skywarden.app.why").joinpath("templates", f"statement.{_OURS}.md").read_text(encoding="utf-8")


def _slots(statement: Statement) -> dict[str, str]:
    posted = f", of {statement.posted}" if statement.posted else ""
    policies = [f"- {_plain(name)}" + (f": {_plain(said)}" if said else "") for name, said in statement.policies]
    lines = statement.excerpt.splitlines()
    return {
        "reference": _plain(statement.reference),
        "action": _plain(statement.action),
        "content": f"`{statement.content.replace('`', '')}`{posted}",
        "excerpt": "\n".join(f"> {_plain(line)}" for line in lines),
        "since": statement.since,
        "until": f", until {statement.until}" if statement.until else "",
        "ended": f"It no longer applies: it was taken back on {statement.ended}." if statement.ended else "",
        "policies": "The policy that it goes by:\n\n" + "\n".join(policies) if policies else "",
        "facts": _plain(statement.facts),
        "detection": statement.detection,
        "decided": statement.decided,
        "appeal": statement.appeal,
        "redress": statement.redress,
    }


def _plain(text: str) -> str:
    """Text of others within Markdown: no markup of theirs works, and none of it changes the direction of ours."""
    return "".join(character for character in _SPECIAL.sub(r"\\\1", text) if character not in _TURNS)


_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
