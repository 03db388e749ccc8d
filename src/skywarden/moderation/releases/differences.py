"""Turn the texts of two versions of a rule into one unified diff."""

from collections.abc import Iterator
from difflib import unified_diff

from skywarden.rules.source import RuleSources, Sets

MOST_LINES = 2_000


def difference(before: RuleSources, after: RuleSources) -> str:
    """What changed, file by file and word list by word list; "" where nothing did. Long ones are cut and say so."""
    lines = [*_files(before, after), *_sets(before, after)]
    if len(lines) > MOST_LINES:
        lines[MOST_LINES:] = [f"... and {len(lines) - MOST_LINES:,} more lines"]
    return "\n".join(lines)


def _files(before: RuleSources, after: RuleSources) -> Iterator[str]:
    old, new = _texts(before), _texts(after)
    for name in (*new, *(name for name in old if name not in new)):
        shown = name.lstrip("/")
        was, now = old.get(name, "").splitlines(), new.get(name, "").splitlines()
        yield from unified_diff(was, now, f"a/{shown}", f"b/{shown}", lineterm="")


def _texts(sources: RuleSources) -> dict[str, str]:
    files = {file.name: file.text for file in sources.files}
    return files | {file.name: file.text for file in sources.parameters}


def _sets(before: RuleSources, after: RuleSources) -> Iterator[str]:
    """Sets are large and have no order: each entry that came or went is a line."""
    for kind, was, now in (("word list", before.sets, after.sets), ("added to", before.added, after.added)):
        for name in sorted(was.entries.keys() | now.entries.keys()):
            gone, come = _entries(was, name) - _entries(now, name), _entries(now, name) - _entries(was, name)
            if gone or come:
                yield f"--- a/{kind} {name}"
                yield f"+++ b/{kind} {name}"
                yield from (f"-{entry}" for entry in sorted(gone))
                yield from (f"+{entry}" for entry in sorted(come))


def _entries(sets: Sets, name: str) -> frozenset[str]:
    return sets.entries.get(name, frozenset())
