"""The scaled warehouse: the same tables in ClickHouse, over its HTTP interface.

Retry and crash: rows above a source's cursor are what a take-over left that did not finish; the next one deletes them
before it adds. Two writers: the lease of the job; ClickHouse itself would take both.
"""

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, OperationalError

from skywarden.kernel.errors import Broken, Rejected, Retryable
from skywarden.kernel.ids import UtcMicros
from skywarden.warehouse.clickhouse_schema import CURSORS, create_texts, stored_rows
from skywarden.warehouse.contract import DEFAULT_LIMITS, QueryLimits
from skywarden.warehouse.days import DAY_US, day_name
from skywarden.warehouse.forgotten import Forgotten
from skywarden.warehouse.spec import TableSpec
from skywarden.warehouse.tables import TABLES

_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")
_SELECT = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"[^\"]*\"|`[^`]*`")
_TOO_SLOW, _TOO_LARGE, _NETWORK = (159, 160), (241,), (209, 210, 279)
_SYNC = {"mutations_sync": 1}


class ClickhouseTables:
    """As the contract says. `clickhouse://USER:PASSWORD@HOST:8123/DATABASE`; `clickhouses://` over TLS."""

    def __init__(self, url: str, *, memory_mb: int = 4_096) -> None:
        parsed = urlsplit(url)
        if parsed.scheme not in ("clickhouse", "clickhouses") or not parsed.hostname:
            raise Rejected("bad setting", place="warehouse.url", expected="clickhouse://USER:PASSWORD@HOST:8123/NAME")
        self._address = parsed
        self._memory_bytes = memory_mb * 1_000_000
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._opened: Client | None = None

    @property
    def _client(self) -> Client:
        """Connected, with every table there, from the first use on."""
        with self._lock:
            if self._opened is None:
                client = _connect(self._address)
                for text in (*(text for spec in TABLES for text in create_texts(spec)), CURSORS):
                    client.command(text)
                self._opened = client
            return self._opened

    def make_database(self, name: str) -> None:
        """Make a database beside this one, if it is not there."""
        if not name.isidentifier():
            raise Rejected("bad name", place=name, expected="letters, digits and _")
        with _translated():
            self._client.command(f"CREATE DATABASE IF NOT EXISTS {name}")

    @contextmanager
    def taking(self, source: str) -> Iterator["ClickhouseTaking"]:
        with self._writing, _translated():  # rows that were read before a forgetting must not come in after it
            yield ClickhouseTaking(self._client, source)

    def query(
        self, sql: str, params: Mapping[str, object] | None = None, limits: QueryLimits = DEFAULT_LIMITS
    ) -> pa.Table:
        if not _SELECT.match(sql) or ";" in _QUOTED.sub("", sql).rstrip("; \n"):
            raise Rejected("query_refused", expected="one SELECT statement", found=sql.strip()[:40] or "nothing")
        given = dict(params or {})
        settings = {
            "readonly": 1,
            "max_execution_time": limits.seconds,
            "max_memory_usage": self._memory_bytes,
            "max_result_rows": limits.rows,
            "result_overflow_mode": "break",
        }
        text = _PARAMETER.sub(lambda found: f"{{{found[1]}:{_type(given.get(found[1]))}}}", sql)
        with _translated():
            return self._client.query_arrow(text, parameters=given, settings=settings).slice(0, limits.rows)

    def forget(self, uris: Iterable[str]) -> int:
        forgotten, rows = Forgotten.of(uris), 0
        with self._writing, _translated():
            for spec in TABLES:
                if spec.content:
                    rows += self._blank(spec, forgotten)
        return rows

    def _blank(self, spec: TableSpec, forgotten: Forgotten) -> int:
        """Mutations rewrite parts; one without such rows is only looked at."""
        uri = "uri" if "uri" in spec.columns.names else dict(spec.computed)["uri"]
        about = f"(did IN {{accounts:Array(String)}} OR {uri} IN {{records:Array(String)}})"
        given = {"accounts": sorted(forgotten.accounts), "records": sorted(forgotten.records)}
        lists = {name for name in spec.content if pa.types.is_list(spec.columns.field(name).type)}
        blank = ", ".join(f"{name} = {'[]' if name in lists else 'NULL'}" for name in spec.content)
        held = " OR ".join(f"notEmpty({name})" if name in lists else f"{name} IS NOT NULL" for name in spec.content)
        count = f"SELECT count() FROM _{spec.name} WHERE {about} AND ({held})"  # noqa: S608 - our own names
        rows = int(str(self._client.command(count, given)))
        if rows:
            self._client.command(f"ALTER TABLE _{spec.name} UPDATE {blank} WHERE {about}", given, settings=_SYNC)
        return rows

    def expire(self, days: Mapping[str, int], now_us: UtcMicros) -> int:
        rows = 0
        with _translated():
            for table, kept in days.items():
                if kept > 0:
                    over = f"FROM _{table} WHERE day < '{day_name(now_us // DAY_US - kept)}'"
                    rows += int(str(self._client.command(f"SELECT count() {over}")))
                    self._client.command(f"DELETE {over}")
        return rows

    def close(self) -> None:
        """Give the connections back."""
        if self._opened is not None:
            self._opened.close()


def _connect(address: SplitResult) -> Client:
    return clickhouse_connect.get_client(
        host=address.hostname,
        port=address.port or 8123,
        username=unquote(address.username or "default"),
        password=unquote(address.password or ""),
        database=address.path.strip("/") or "default",
        secure=address.scheme == "clickhouses",
        autogenerate_session_id=False,  # several threads ask at once
    )


class ClickhouseTaking:
    """Inserts, and the cursor's row after them."""

    def __init__(self, client: Client, source: str) -> None:
        self._client = client
        self._source = source
        self._cleared: set[str] = set()
        text = "SELECT max(upto) FROM _cursor WHERE source = {source:String}"
        self._cursor = int(str(client.command(text, {"source": source})))

    @property
    def cursor(self) -> int:
        return self._cursor

    def add(self, spec: TableSpec, rows: pa.Table, part: str) -> None:
        if spec.name not in self._cleared:
            self._clear(spec)
            self._cleared.add(spec.name)
        if len(rows):
            sink = pa.BufferOutputStream()
            made = stored_rows(spec, rows, part)
            with pa.ipc.new_file(sink, made.schema) as writer:
                writer.write_table(made)
            self._client.raw_insert(f"_{spec.name}", made.schema.names, sink.getvalue().to_pybytes(), fmt="Arrow")

    def finish(self, upto: int) -> None:
        given = {"source": self._source, "upto": upto}
        self._client.command("INSERT INTO _cursor SELECT {source:String}, {upto:Int64}", given)
        self._cursor = upto

    def _clear(self, spec: TableSpec) -> None:
        """Delete what a take-over left that did not finish."""
        over = f'FROM _{spec.name} WHERE "{spec.key}" >= {self._cursor}'
        if int(str(self._client.command(f"SELECT count() {over}"))):
            self._client.command(f"DELETE {over}")


def _type(value: object) -> str:
    if isinstance(value, bool):
        return "Bool"
    if isinstance(value, int):
        return "Int64"
    return "Float64" if isinstance(value, float) else "String"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise Retryable(f"ClickHouse is away: {error}") from error
    except DatabaseError as error:
        raise _family(error) from error
    except ClickHouseError as error:
        raise Broken(f"ClickHouse answered what we do not understand: {error}") from error


def _family(error: DatabaseError) -> Exception:
    found = re.search(r"[Cc]ode:? (\d+)", str(error))
    code: Any = int(found[1]) if found else 0
    if code in _TOO_SLOW:
        return Rejected("query_too_slow", found=str(error), hint="name a day or a part, or ask for less")
    if code in _TOO_LARGE:
        return Rejected("query_too_large", found=str(error), hint="group, filter or name a day")
    if code in _NETWORK:
        return Retryable(f"ClickHouse is busy: {error}")
    return Rejected("query_refused", found=str(error))
