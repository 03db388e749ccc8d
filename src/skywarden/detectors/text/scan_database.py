"""Expressions compiled into Hyperscan databases, and the scans that tell where they are found."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

import hyperscan

from skywarden.detectors.text.arrow import Bytes


@dataclass(frozen=True, slots=True)
class Expression:
    """What is scanned for, by the number of its pattern. The `wide` ones have a database of their own."""

    number: int
    text: str
    wide: bool = False


class ScanDatabase:
    """Databases, and scratch spaces for each thread that scans with them."""

    def __init__(self, expressions: Sequence[Expression], databases: Sequence[hyperscan.Database]) -> None:
        self._expressions = tuple(expressions)
        self._databases = tuple(databases)
        self._local = threading.local()
        self.numbers = frozenset(expression.number for expression in expressions)

    @classmethod
    def of(cls, expressions: Sequence[Expression]) -> "ScanDatabase":
        """Compile what can be compiled; the numbers of the others are left out."""
        held: list[Expression] = []
        databases = []
        for wide in (False, True):
            group = [expression for expression in expressions if expression.wide == wide]
            database = _compiled(group)
            if database is None:
                group = [expression for expression in group if _compiled([expression]) is not None]
                database = _compiled(group)
            if database is not None:
                held += group
                databases.append(database)
        return cls(held, databases)

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

        with suppress(hyperscan.ScanTerminated):
            for database, scratch in zip(self._databases, self._scratches(), strict=True):
                database.scan(
                    cast(bytes, buffer),  # its stub knows only bytes; any buffer will do
                    match_event_handler=note,
                    scratch=scratch,
                )
        return numbers, ends

    def _scratches(self) -> list[hyperscan.Scratch]:
        scratches: list[hyperscan.Scratch] | None = getattr(self._local, "scratches", None)
        if scratches is None:
            scratches = self._local.scratches = [hyperscan.Scratch(database) for database in self._databases]
        return scratches


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
