"""Read what a rule proposes: `then=[label(...), takedown(...)]`, each against its entry of the catalogue."""

import re

from skywarden.rules.catalog.effects import EFFECTS, REPORT_REASONS, EffectEntry, ValueForm
from skywarden.rules.catalog.names import SUBJECTS
from skywarden.rules.check.context import Checks
from skywarden.rules.check.effect_options import read_options
from skywarden.rules.check.paths import dotted
from skywarden.rules.check.scope import Scope
from skywarden.rules.core import EffectTerm, SubjectTerm
from skywarden.rules.passes.fold import constant_of
from skywarden.rules.problems import did_you_mean
from skywarden.rules.syntax.tree import Call, Keyword, Name, Sequence, Syntax

_LABEL = re.compile(r"[a-z]+(-[a-z]+)*\Z")
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*\Z")
_LABEL_CHARS = 128
_TAG_CHARS = 64
_TEXT_CHARS = 1_000


def check_effects(keyword: Keyword, checks: Checks, scope: Scope) -> tuple[EffectTerm, ...]:
    """Read `then=`: one effect or a list of them; the same effect twice is a mistake."""
    items = keyword.value.items if isinstance(keyword.value, Sequence) else (keyword.value,)
    if not items:
        hint = 'then=[report(author, reason="spam")]'
        checks.context.problem(keyword.span, "effect", "a rule that proposes nothing", hint=hint)
    found: dict[tuple[str, str, SubjectTerm], EffectTerm] = {}
    for item in items:
        term = _effect(item, checks, scope)
        if term is None:
            continue
        if found.setdefault((term.kind, term.value, term.subject), term) is not term:
            checks.context.problem(item.span, "effect", f"the same {term.kind} twice", hint="leave one of them out")
    return tuple(found.values())


def check_needs_limit(keyword: Keyword, effects: tuple[EffectTerm, ...], checks: Checks) -> None:
    """Note effects that a rule without `limit=` may not propose."""
    for kind in dict.fromkeys(effect.kind for effect in effects):
        if EFFECTS[kind].needs_limit:
            hint = "add limit=per_day(n): the most that it may do before a person looks"
            checks.context.problem(keyword.span, "effect", f"{kind} in a rule without limit=", hint=hint)


def _effect(node: Syntax, checks: Checks, scope: Scope) -> EffectTerm | None:
    name = node.function.name if isinstance(node, Call) and isinstance(node.function, Name) else ""
    entry = EFFECTS.get(name)
    if entry is None or not isinstance(node, Call):
        expected = "one of " + ", ".join(EFFECTS)
        checks.context.problem(
            node.span, "effect", "not an effect", expected=expected, hint=did_you_mean(name, (*EFFECTS,))
        )
        return None
    given = _arguments(node, entry, checks)
    if given is None:
        return None
    subject = _subject(given["subject"], entry, checks)
    value = "" if entry.form is None else _value(entry, given[entry.value], checks, scope)
    options = read_options(node, entry, given, checks, scope)
    if subject is None or value is None or options is None:
        return None
    return EffectTerm(entry.kind.value, value, subject, options)


def _arguments(node: Call, entry: EffectEntry, checks: Checks) -> dict[str, Syntax] | None:
    names = ("subject", entry.value) if entry.value else ("subject",)
    given = dict(zip(names, node.arguments, strict=False))
    wrong = [keyword for keyword in node.keywords if keyword.name not in (*names, *entry.options)]
    for keyword in wrong:
        hint = did_you_mean(keyword.name, entry.options) or f"{entry.kind} takes: {', '.join(entry.options)}"
        checks.context.problem(keyword.span, "effect", f"{keyword.name}= does not fit {entry.kind}", hint=hint)
    given |= {keyword.name: keyword.value for keyword in node.keywords if keyword not in wrong}
    missing = [name for name in (*names, *entry.required) if name not in given]
    if len(node.arguments) > len(names) or missing:
        shown = ", ".join((*names, *(f"{name}=..." for name in entry.required)))
        checks.context.problem(
            node.span, "effect", f"wrong arguments of {entry.kind}", expected=f"{entry.kind}({shown})"
        )
        return None
    return given


def _subject(node: Syntax, entry: EffectEntry, checks: Checks) -> SubjectTerm | None:
    path = dotted(node)
    if path not in SUBJECTS:
        hint = did_you_mean(path or "", tuple(SUBJECTS)) or "one of " + ", ".join(SUBJECTS)
        checks.context.problem(node.span, "effect", "wrong subject of an effect", hint=hint)
        return None
    subject = SUBJECTS[path]
    if entry.accounts_only and not subject.is_account:
        accounts = ", ".join(name for name, term in SUBJECTS.items() if term.is_account)
        checks.context.problem(node.span, "effect", f"{entry.kind} is for accounts only", hint=f"one of {accounts}")
        return None
    return subject


def _value(entry: EffectEntry, node: Syntax, checks: Checks, scope: Scope) -> str | None:
    """The label value, tag, reason type, text or name; a fixed text, written here or above."""
    core = checks.check(node, scope)
    if core.type.is_error:
        return None
    found = constant_of(core)
    text = found if isinstance(found, str) else ""
    match entry.form:
        case ValueForm.REASON:
            if text in REPORT_REASONS:
                return f"com.atproto.moderation.defs#reason{text.capitalize()}"
            fine, expected = False, "one of " + ", ".join(REPORT_REASONS)
        case ValueForm.LABEL:
            fine = _LABEL.match(text) is not None and len(text) <= _LABEL_CHARS
            expected = f"small letters a-z joined by single dashes, at most {_LABEL_CHARS}"
        case ValueForm.NAME:
            fine = _NAME.match(text) is not None and len(text) <= _TAG_CHARS
            expected = f"small letters and digits joined by - or _, at most {_TAG_CHARS}"
        case ValueForm.TAG:
            fine = 0 < len(text) <= _TAG_CHARS and text.strip() == text and text.isascii()
            expected = f"a text of 1 to {_TAG_CHARS} ASCII characters"
        case _:
            fine, expected = 0 < len(text) <= _TEXT_CHARS, f"a text of 1 to {_TEXT_CHARS} characters"
    if fine:
        return text
    hint = did_you_mean(text, REPORT_REASONS) if entry.form is ValueForm.REASON else ""
    checks.context.problem(node.span, "effect", f"wrong {entry.value} of {entry.kind}", expected=expected, hint=hint)
    return None
