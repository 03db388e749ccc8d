"""Read the options of an effect and of a rule: durations within their bounds, texts, breakers."""

from collections.abc import Mapping

from skywarden.model.effect import EffectOptions, Limits, span_text
from skywarden.model.event import Kind
from skywarden.rules.catalog import known_kind
from skywarden.rules.catalog.effects import (
    LEAST_AFTER_US,
    LIMIT_WORDS,
    MOST_AFTER_US,
    OPTIONS,
    SEVERITIES,
    EffectEntry,
)
from skywarden.rules.check.context import Checks
from skywarden.rules.check.scope import Scope
from skywarden.rules.passes.fold import constant_of
from skywarden.rules.problems import did_you_mean
from skywarden.rules.syntax.tree import Call, Keyword, Name, Sequence, Syntax
from skywarden.rules.types import DURATION

_POLICY_CHARS = 100


def read_options(
    node: Call, entry: EffectEntry, given: Mapping[str, Syntax], checks: Checks, scope: Scope
) -> EffectOptions | None:
    """The options of one effect; None where one of them has a problem."""
    before = len(checks.context.problems)
    options = EffectOptions(
        expires_us=_duration("expires", given, checks, scope),
        every_us=_duration("every", given, checks, scope),
        delay_us=_delay(given, checks, scope),
        policy=_policy(given, checks, scope),
        severity=_severity(given, checks, scope),
    )
    return options if len(checks.context.problems) == before else None


def check_limit(keyword: Keyword, checks: Checks, scope: Scope) -> Limits:
    """Read `limit=per_day(n)`, `limit=per_hour(n)` or a list of both."""
    items = keyword.value.items if isinstance(keyword.value, Sequence) else (keyword.value,)
    found: dict[str, int] = {}
    for item in items:
        match item:
            case Call(function=Name(name=word), arguments=(number,), keywords=()) if word in LIMIT_WORDS:
                value = constant_of(checks.check(number, scope))
                if isinstance(value, int) and not isinstance(value, bool) and value > 0 and word not in found:
                    found[word] = value
                    continue
        expected = "per_day(n), per_hour(n) or one of each, with n above 0"
        checks.context.problem(item.span, "effect", "wrong limit", expected=expected)
    return Limits(per_hour=found.get("per_hour"), per_day=found.get("per_day"))


def check_after(keyword: Keyword, on: tuple[str, ...], checks: Checks, scope: Scope) -> int | None:
    """Read `after=10 * minutes`, which only rules on records may have."""
    others = [path for path in on if known_kind(path).kind is not Kind.COMMIT]
    if others:
        message = f"after= does not fit {', '.join(others)}"
        checks.context.problem(keyword.span, "effect", message, hint="only records can be looked at again")
        return None
    return _within(keyword.value, "after", LEAST_AFTER_US, MOST_AFTER_US, checks, scope)


def _duration(name: str, given: Mapping[str, Syntax], checks: Checks, scope: Scope) -> int | None:
    if name not in given:
        return None
    option = OPTIONS[name]
    return _within(given[name], name, option.least_us, option.most_us, checks, scope)


def _delay(given: Mapping[str, Syntax], checks: Checks, scope: Scope) -> tuple[int, int] | None:
    """`delay=1 * hour` or `delay=between(1 * hour, 6 * hours)`."""
    node = given.get("delay")
    if node is None:
        return None
    match node:
        case Call(function=Name(name="between"), arguments=(first, last), keywords=()):
            ends = (first, last)
        case Call(function=Name(name="between")):
            checks.context.problem(node.span, "effect", "wrong arguments of between", expected="between(least, most)")
            return None
        case _:
            ends = (node, node)
    option = OPTIONS["delay"]
    least, most = (_within(end, "delay", option.least_us, option.most_us, checks, scope) for end in ends)
    if least is None or most is None:
        return None
    if least > most:
        checks.context.problem(node.span, "effect", "wrong delay", expected="the shorter duration first")
        return None
    return least, most


def _within(node: Syntax, name: str, least: int, most: int, checks: Checks, scope: Scope) -> int | None:
    core = checks.check(node, scope)
    if core.type.is_error:
        return None
    micros = constant_of(core)
    if core.type != DURATION or not isinstance(micros, int):
        fixed = core.type != DURATION
        found = str(core.type) if fixed else "one that depends on the event"
        hint = f"give it a unit: {name}=1 * day" if fixed else ""
        checks.context.problem(
            node.span, "effect", f"wrong {name}", expected="a fixed duration", found=found, hint=hint
        )
        return None
    if not least <= micros <= most:
        expected = f"{span_text(least)} to {span_text(most)}"
        checks.context.problem(node.span, "effect", f"{name} out of bounds", expected=expected, found=span_text(micros))
        return None
    return micros


def _policy(given: Mapping[str, Syntax], checks: Checks, scope: Scope) -> str:
    text = _text("policy", given, checks, scope)
    if text is None or 0 < len(text) <= _POLICY_CHARS:
        return text or ""
    expected = f"a text of 1 to {_POLICY_CHARS} characters"
    checks.context.problem(given["policy"].span, "effect", "wrong policy", expected=expected)
    return ""


def _severity(given: Mapping[str, Syntax], checks: Checks, scope: Scope) -> str:
    text = _text("severity", given, checks, scope)
    if text is None or text in SEVERITIES:
        return text or ""
    expected = "one of " + ", ".join(SEVERITIES)
    hint = did_you_mean(text, SEVERITIES)
    checks.context.problem(given["severity"].span, "effect", "wrong severity", expected=expected, hint=hint)
    return ""


def _text(name: str, given: Mapping[str, Syntax], checks: Checks, scope: Scope) -> str | None:
    """A fixed text; "" for anything else, None where it was not given."""
    if name not in given:
        return None
    value = constant_of(checks.check(given[name], scope))
    return value if isinstance(value, str) else ""
