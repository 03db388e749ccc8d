"""Hold the event's columns at some rows of a batch, each taken when first asked for."""

import pyarrow as pa

from skywarden.engine.columns import Column, Ints, from_arrow


class Rows:
    """Some rows of a batch, or of other rows; what nobody asks for is never taken."""

    __slots__ = ("_chosen", "_columns", "_source", "_values")

    def __init__(self, source: "pa.RecordBatch | Rows", chosen: Ints | None = None) -> None:
        """All rows of the source, or the chosen ones, which ascend."""
        self._source = source
        self._chosen = None if chosen is None else pa.array(chosen)
        self._columns: dict[str, pa.Array] = {}
        self._values: dict[str, Column] = {}

    def at(self, chosen: Ints) -> "Rows":
        """Some of these rows."""
        return Rows(self, chosen)

    def column(self, name: str) -> pa.Array:
        """A column as Arrow holds it."""
        found = self._columns.get(name)
        if found is None:
            found = self._source.column(name)
            if self._chosen is not None:
                found = found.take(self._chosen)
            self._columns[name] = found
        return found

    def values(self, name: str) -> Column:
        """A column as operators take it."""
        found = self._values.get(name)
        if found is None:
            found = self._values[name] = from_arrow(self.column(name))
        return found
