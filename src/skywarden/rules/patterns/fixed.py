"""Find out of a pattern's tree how many fixed letters every match has: scanners look for these, and little else."""

from skywarden.rules.patterns.tree import Chars, Choice, Join, Pattern, Repeat

FIXED_LETTERS = 3
"""A pattern with so many in a row is cheap to scan for."""
_FEW_SPELLINGS = 4
"""A letter in both cases, with the few signs that fold to it, is as good as fixed."""


def fixed_run(tree: Pattern) -> int:
    """The longest stretch of (nearly) fixed letters that every match has."""
    longest = run = 0
    for part in tree.parts if isinstance(tree, Join) else (tree,):
        if isinstance(part, Chars) and sum(last - first + 1 for first, last in part.ranges) <= _FEW_SPELLINGS:
            run += 1
        else:
            longest, run = max(longest, run, _inner_run(part)), 0
    return max(longest, run)


def _inner_run(part: Pattern) -> int:
    match part:
        case Join():
            return fixed_run(part)
        case Choice(options=options):
            return min(fixed_run(option) for option in options)
        case Repeat(part=inner, least=least) if least:
            return fixed_run(inner)
        case _:
            return 0
