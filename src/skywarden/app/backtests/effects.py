"""Hold what a rule would propose against its limits, in the hours and days that moderation counts in."""

from collections import Counter
from collections.abc import Mapping

from skywarden.app.backtests.report import Effects
from skywarden.app.backtests.request import Period
from skywarden.kernel.clock import SECOND_US
from skywarden.rules.plan.nodes import RulePlan

_HOURS = 24
_DAY_US = _HOURS * 3_600 * SECOND_US


def effects_of(rule: RulePlan, by_hour: Mapping[int, int], period: Period) -> Effects:
    """Sum proposals up; `by_hour` goes by hours since 1970."""
    limits = rule.limits
    hours = {hour: count if limits.per_hour is None else min(count, limits.per_hour) for hour, count in by_hour.items()}
    days, passed = Counter[int](), Counter[int]()
    for hour, count in by_hour.items():
        days[hour // _HOURS] += count
        passed[hour // _HOURS] += hours[hour]
    let = {day: count if limits.per_day is None else min(count, limits.per_day) for day, count in passed.items()}
    span_days = max((period.until_us - period.since_us) / _DAY_US, 1 / _HOURS)
    proposed = sum(by_hour.values())
    return Effects(
        kinds=tuple(" ".join(word for word in (term.kind, term.value.split("#")[-1]) if word) for term in rule.effects),
        proposed=proposed,
        mean_a_day=round(proposed / span_days, 2),
        peak_a_day=max(days.values(), default=0),
        per_day=limits.per_day,
        per_hour=limits.per_hour,
        days_over=sum(let[day] < days[day] for day in days),
        held=proposed - sum(let.values()),
    )
