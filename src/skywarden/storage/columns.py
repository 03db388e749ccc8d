"""Name the column types that every supported database stores, compares and sorts alike."""

from sqlalchemy import BigInteger, Integer, LargeBinary, String, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

ROW_NUMBER: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
"""A generated primary key; SQLite generates one only for the type it calls INTEGER."""

INT64: TypeEngine[int] = BigInteger()
"""Microseconds since 1970 (names end in `_us`), log offsets, label numbers."""

DID_BYTES = 2048
URI_BYTES = 2884
RECORD_PATH_BYTES = 830
"""Longest values the protocol allows. did + path, and an at-uri, each fit the 3,072-byte index keys of MariaDB."""

LABEL_VALUE_BYTES = 128
NSID_BYTES = 317


def code_text(length: int) -> TypeEngine[str]:
    """ASCII text compared byte by byte on every database, so that a prefix is a range and `%` is only a character."""
    return (
        String(length)
        .with_variant(String(length, collation="C"), "postgresql")
        .with_variant(mysql.VARCHAR(length, charset="ascii", collation="ascii_nopad_bin"), "mysql", "mariadb")
    )


def word_text(length: int) -> TypeEngine[str]:
    """Unicode text that is a key, compared by code points on every database: up to 768 characters in MariaDB."""
    return (
        String(length)
        .with_variant(String(length, collation="C"), "postgresql")
        .with_variant(mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_nopad_bin"), "mysql", "mariadb")
    )


def short_bytes(length: int) -> TypeEngine[bytes]:
    """Up to 255 bytes, such as a hash or a signature; never a key."""
    return LargeBinary(length).with_variant(mysql.TINYBLOB(), "mysql", "mariadb")


class _TextWithoutNul(TypeDecorator[str]):
    """PostgreSQL stores every character but U+0000; whoever sends one must not stop the platform by it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Put U+FFFD, the replacement character, in its place."""
        return value if value is None or "\0" not in value else value.replace("\0", "\ufffd")


def prose() -> TypeEngine[str]:
    """Any Unicode text, never used as a key."""
    return (
        Text()
        .with_variant(_TextWithoutNul(), "postgresql")
        .with_variant(mysql.MEDIUMTEXT(charset="utf8mb4"), "mysql", "mariadb")
    )
