"""Statements that are run so often that building and compiling them each time would cost more than running them.

A `Prepared` is made once, of a statement whose values are all `bindparam`s; its text is made once a kind of database.
It runs on the transaction's own cursor, between the same BEGIN and COMMIT as everything else in it.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement, Connection
from sqlalchemy.engine.interfaces import DBAPICursor, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, Any]
_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement in one database's words; positions is None where values go by name."""

    sql: str
    positions: tuple[str, ...] | None
    constants: Values
    to_database: Mapping[str, _Convert]
    from_database: tuple[tuple[int, _Convert], ...]
    make_row: Callable[[Iterable[Any]], Any]

    def arguments(self, values: Values) -> Any:
        """The values as the driver takes them."""
        whole = {**self.constants, **values}
        for name, convert in self.to_database.items():
            whole[name] = convert(whole[name])
        return whole if self.positions is None else tuple(map(whole.__getitem__, self.positions))

    def rows(self, given: Iterable[Sequence[Any]]) -> list[Any]:
        """Rows with their columns as attributes."""
        return [self.make_row(raw) for raw in (map(self._converted, given) if self.from_database else given)]

    def _converted(self, raw: Sequence[Any]) -> list[Any]:
        changed = list(raw)
        for place, convert in self.from_database:
            changed[place] = convert(changed[place])
        return changed


class Prepared:
    """One statement; safe to use from several threads."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._texts: dict[str, _Text] = {}

    def rows(self, tx: Connection, values: Values | None = None) -> list[Any]:
        """Run a query in a transaction; rows have their columns as attributes."""
        return self.rows_of(tx.connection.cursor(), tx.dialect, values)

    def rows_of(self, cursor: DBAPICursor, dialect: Dialect, values: Values | None = None) -> list[Any]:
        """The same on a cursor, which is closed."""
        text = self._text(dialect)
        try:
            self._execute(cursor, text, text.arguments(values or {}), dialect)
            return text.rows(cursor.fetchall())
        finally:
            cursor.close()

    def numbers_of(self, cursor: DBAPICursor, dialect: Dialect, values: Values | None = None) -> list[int]:
        """The numbers of a query's only column, on a cursor, which is closed."""
        text = self._text(dialect)
        try:
            self._execute(cursor, text, text.arguments(values or {}), dialect)
            return [number for (number,) in cursor.fetchall()]
        finally:
            cursor.close()

    def run(self, tx: Connection, values: Values | None = None) -> int:
        """Run an insert, an update or a delete in a transaction; how many rows it touched."""
        text = self._text(tx.dialect)
        cursor = tx.connection.cursor()
        try:
            self._execute(cursor, text, text.arguments(values or {}), tx.dialect)
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def run_all(self, tx: Connection, rows: Sequence[Values]) -> None:
        """Run it for each of the rows, if there are any."""
        if not rows:
            return
        text = self._text(tx.dialect)
        cursor = tx.connection.cursor()
        try:
            if len(rows) == 1:
                self._execute(cursor, text, text.arguments(rows[0]), tx.dialect)
            else:
                self._execute_all(cursor, text, [text.arguments(values) for values in rows], tx.dialect)
        finally:
            cursor.close()

    @staticmethod
    def _execute(cursor: DBAPICursor, text: _Text, arguments: Any, dialect: Dialect) -> None:
        errors = dialect.loaded_dbapi.Error
        try:
            cursor.execute(text.sql, arguments)
        except errors as error:
            raise DBAPIError.instance(text.sql, arguments, error, errors, dialect=dialect) from error

    @staticmethod
    def _execute_all(cursor: DBAPICursor, text: _Text, arguments: list[Any], dialect: Dialect) -> None:
        # Drivers send many rows in few round trips: in a pipeline, or as one statement of many rows.
        errors = dialect.loaded_dbapi.Error
        try:
            cursor.executemany(text.sql, arguments)
        except errors as error:
            raise DBAPIError.instance(text.sql, arguments, error, errors, dialect=dialect) from error

    def _text(self, dialect: Dialect) -> _Text:
        text = self._texts.get(dialect.name)
        if text is None:
            text = self._texts[dialect.name] = _text_of(self._statement, dialect)
        return text


def _text_of(statement: ClauseElement, dialect: Dialect) -> _Text:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    assert not compiled.post_compile_params, f"a list of values has no fixed text: {compiled}"
    columns = compiled._result_columns or []  # no public name says what a compiled query gives back
    converters = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    names = [str(column.keyname) for column in columns]
    make: Any = namedtuple  # the query names the columns, which no type can know
    row = make("Row", names, rename=True)
    bindings: Mapping[str, Any] = compiled._bind_processors  # as above
    return _Text(
        sql=str(compiled),
        positions=tuple(compiled.positiontup) if compiled.positiontup is not None else None,
        constants={name: value for name, value in compiled.params.items() if value is not None},
        to_database=dict(bindings),
        from_database=tuple((place, convert) for place, convert in enumerate(converters) if convert is not None),
        make_row=row._make,
    )
