"""Turn a pattern into one that only whole texts of a bounded length match, for checkers that search."""


def whole_pattern(pattern: str, length: int) -> str:
    """The pattern from the first character to the last of at most `length`."""
    return rf"\A(?=.{{1,{length}}}\Z)(?:{pattern})\Z"
