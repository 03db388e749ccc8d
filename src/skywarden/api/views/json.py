"""The JSON objects of answers: absent where there is nothing to say, never null."""

from collections.abc import Mapping

Json = dict[str, object]


def given(fields: Mapping[str, object]) -> Json:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
