"""Read what a rule proposes: `then=[label(...), tag(...), report(...)]` and `limit=per_day(n)`."""

import re

from skywarden.model.effect import EffectKind
from skywarden.rules.catalog.functions import REPORT_REASONS
from skywarden.rules.catalog.names import SUBJECTS
from skywarden.rules.check.context import Context
from skywarden.rules.check.paths import dotted
from skywarden.rules.core import EffectTerm
from skywarden.rules.problems import did_you_mean
from skywarden.rules.syntax.tree import Call, Keyword, Literal, Name, Sequence, Syntax

_LABEL = re.compile(r"[a-z]+(-[a-z]+)*\Z")
_TAG_CHARS = 64
_LABEL_CHARS = 128
_VALUE_NAME = {"label": "value", "tag": "value", "report": "reason"}


def check_effects(keyword: Keyword, context: Context) -> tuple[EffectTerm, ...]:
    """Read `then=`: one effect or a list of them."""
    items = keyword.value.items if isinstance(keyword.value, Sequence) else (keyword.value,)
    if not items:
        context.problem(
            keyword.span, "effect", "a rule that proposes nothing", hint='then=[report(author, reason="spam")]'
        )
    effects = [_effect(item, context) for item in items]
    return tuple(effect for effect in effects if effect is not None)


def check_limit(keyword: Keyword, context: Context) -> int | None:
    """Read `limit=per_day(n)`."""
    match keyword.value:
        case Call(function=Name(name="per_day"), arguments=(Literal(value=int(number)),), keywords=()) if (
            not isinstance(number, bool) and number > 0
        ):
            return number
    context.problem(keyword.value.span, "effect", "wrong limit", expected="per_day(n) with n above 0")
    return None


def _effect(node: Syntax, context: Context) -> EffectTerm | None:
    if not isinstance(node, Call) or not isinstance(node.function, Name) or node.function.name not in _VALUE_NAME:
        name = node.function.name if isinstance(node, Call) and isinstance(node.function, Name) else ""
        hint = did_you_mean(name, (*_VALUE_NAME,))
        context.problem(node.span, "effect", "not an effect", expected="label(...), tag(...) or report(...)", hint=hint)
        return None
    kind = node.function.name
    given = _arguments(node, kind, context)
    if given is None:
        return None
    path = dotted(given["subject"])
    if path not in SUBJECTS:
        hint = did_you_mean(path or "", tuple(SUBJECTS)) or "one of " + ", ".join(SUBJECTS)
        context.problem(given["subject"].span, "effect", "wrong subject of an effect", hint=hint)
        return None
    value = _value(kind, given[_VALUE_NAME[kind]], context)
    return None if value is None else EffectTerm(kind, value, SUBJECTS[path])


def _arguments(node: Call, kind: str, context: Context) -> dict[str, Syntax] | None:
    names = ("subject", _VALUE_NAME[kind])
    given = dict(zip(names, node.arguments, strict=False))
    given |= {keyword.name: keyword.value for keyword in node.keywords}
    if len(node.arguments) > len(names) or set(given) != set(names):
        context.problem(node.span, "effect", f"wrong arguments of {kind}", expected=f"{kind}({', '.join(names)})")
        return None
    return given


def _value(kind: str, node: Syntax, context: Context) -> str | None:
    """The label value, the tag or the report's reason type."""
    text = node.value if isinstance(node, Literal) and isinstance(node.value, str) else None
    if kind == EffectKind.REPORT:
        if text in REPORT_REASONS:
            return f"com.atproto.moderation.defs#reason{text.capitalize()}"
        expected = "one of " + ", ".join(REPORT_REASONS)
        hint = did_you_mean(text or "", REPORT_REASONS)
    elif kind == EffectKind.LABEL:
        if text is not None and _LABEL.match(text) and len(text) <= _LABEL_CHARS:
            return text
        expected, hint = f"small letters a-z joined by single dashes, at most {_LABEL_CHARS}", ""
    else:
        if text is not None and 0 < len(text) <= _TAG_CHARS and text.strip() == text:
            return text
        expected, hint = f"a text of 1 to {_TAG_CHARS} characters", ""
    context.problem(node.span, "effect", f"wrong {_VALUE_NAME[kind]} of {kind}", expected=expected, hint=hint)
    return None
