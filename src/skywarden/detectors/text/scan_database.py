"""Expressions compiled into one Hyperscan database, and the scan that tells where they are found."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

import hyperscan

from skywarden.detectors.text.arrow import Bytes


@dataclass(frozen=True, slots=True)
class Expression:
    """What is scanned for, by the number of its pattern."""

    number: int
    text: str


class ScanDatabase:
    """A database and a scratch space for each thread that scans with it."""

    def __init__(self, expressions: Sequence[Expression], database: hyperscan.Database | None) -> None:
        self._expressions = tuple(expressions)
        self._database = database
        self._local = threading.local()
        self.numbers = frozenset(expression.number for expression in expressions)

    @classmethod
    def of(cls, expressions: Sequence[Expression]) -> "ScanDatabase":
        """Compile what can be compiled; the numbers of the others are left out."""
        database = _compiled(expressions)
        if database is None and expressions:
            expressions = [expression for expression in expressions if _compiled([expression]) is not None]
            database = _compiled(expressions)
        return cls(expressions if database is not None else (), database)

    def without(self, numbers: set[int]) -> "ScanDatabase":
        """A database of the other expressions."""
        return ScanDatabase.of([expression for expression in self._expressions if expression.number not in numbers])

    def scan(self, buffer: Bytes, most: int) -> tuple[list[int], list[int]]:
        """The number and the end of each match, in no order; given up after `most` and one.

        Runs without the interpreter's lock but for the moments when a match is noted.
        """
        numbers: list[int] = []
        ends: list[int] = []

        def note(number: int, start: int, end: int, flags: int, context: object) -> bool:
            numbers.append(number)
            ends.append(end)
            return len(ends) > most

        if self._database is not None:
            with suppress(hyperscan.ScanTerminated):
                self._database.scan(
                    cast(bytes, buffer),  # its stub knows only bytes; any buffer will do
                    match_event_handler=note,
                    scratch=self._scratch(self._database),
                )
        return numbers, ends

    def _scratch(self, database: hyperscan.Database) -> hyperscan.Scratch:
        scratch: hyperscan.Scratch | None = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = hyperscan.Scratch(database)
        return scratch


def _compiled(expressions: Sequence[Expression]) -> hyperscan.Database | None:
    if not expressions:
        return None
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[expression.text.encode() for expression in expressions],
            ids=[expression.number for expression in expressions],
            elements=len(expressions),
            flags=[hyperscan.HS_FLAG_UTF8] * len(expressions),
        )
    except hyperscan.error:
        return None
    return database
