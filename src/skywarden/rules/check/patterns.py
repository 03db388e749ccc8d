"""Refuse patterns that the linear-time engine refuses, or that cost too much memory or time."""

import re2

from skywarden.kernel.spans import SourceSpan
from skywarden.rules.check.context import Context
from skywarden.rules.patterns.cost import cost_in_usual_patterns


def check_pattern(context: Context, span: SourceSpan, pattern: str) -> None:
    """Compile `pattern` as the engine will, under the memory limit, and note what is wrong with it."""
    limits = context.limits
    if len(pattern) > limits.pattern_chars:
        expected = f"at most {limits.pattern_chars} characters (limit pattern_chars)"
        context.problem(span, "limit", "pattern too long", expected=expected, found=str(len(pattern)))
        return
    options = re2.Options()
    options.max_mem = limits.pattern_memory_bytes
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        reason = _reason(error)
        code = "limit" if "too large" in reason or "repetition" in reason else "pattern"
        hint = "patterns are RE2: no look-around, no back references, repeats of at most 1000"
        context.problem(span, code, f"the pattern cannot be used: {reason}", hint=hint)
        return
    if context.clock is not None:
        _check_cost(context, span, cost_in_usual_patterns(pattern, context.clock))


def _check_cost(context: Context, span: SourceSpan, cost: float) -> None:
    limit = context.limits.pattern_cost
    message = f"the pattern costs as much as {cost:,.0f} usual patterns"
    hint = "ask for three fixed letters in a row somewhere, or take out wide classes and repeats of repeats"
    if cost > limit:
        context.problem(span, "limit", message, expected=f"at most {limit} (limit pattern_cost)", hint=hint)
    elif cost > context.limits.pattern_cost_unwarned:
        context.warning(span, "cost", message, hint=hint)


def _reason(error: re2.error) -> str:
    raw = error.args[0] if error.args else b""
    return raw.decode(errors="replace") if isinstance(raw, bytes) else str(raw)
