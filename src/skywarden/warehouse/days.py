"""Turn times into the UTC days that tables are cut by."""

from datetime import UTC, date, datetime

DAY_US = 86_400_000_000


def day_name(day: int) -> str:
    """A day, counted from 1970, as YYYY-MM-DD."""
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()


def day_number(name: str) -> int:
    """YYYY-MM-DD as days from 1970."""
    return (date.fromisoformat(name) - date(1970, 1, 1)).days
