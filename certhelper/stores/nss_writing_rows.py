"""Brings the rows in which a copy of an NSS database differs back into the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from certhelper.safe_text import safe


def write_back(connection: sqlite3.Connection, schema: str, copy: sqlite3.Connection) -> None:
    """Give the tables of ``schema`` the rows of ``copy``, inside of the caller's transaction.

    Only rows that differ are touched.  Raises ``sqlite3.Error``.
    """
    listing = "SELECT name, sql FROM {}sqlite_master WHERE type = ? AND sql IS NOT NULL"
    for kind in ("table", "index"):
        known = {name for name, _ in connection.execute(listing.format(f"{schema}."), (kind,))}
        for name, statement in copy.execute(listing.format(""), (kind,)).fetchall():
            if name not in known:
                connection.execute(_in_schema(statement, kind, name, schema))
    for name, _ in copy.execute(listing.format(""), ("table",)).fetchall():
        _write_back_table(connection, schema, copy, name)


def _in_schema(statement: str, kind: str, name: str, schema: str) -> str:
    """Return NSS's ``CREATE`` statement for one of two attached files."""
    head, found, rest = statement.partition(name)
    if not found or not head.upper().startswith(f"CREATE {kind.upper()}"):
        raise sqlite3.DatabaseError(f"{name} was made in an unknown way")
    return f"{head}{schema}.{name}{rest}"


def _write_back_table(
    connection: sqlite3.Connection, schema: str, copy: sqlite3.Connection, table: str
) -> None:
    """Our own names and NSS's: what stands in a statement was checked to be a plain word."""
    columns = _columns(copy, "main", table)
    known = _columns(connection, schema, table)
    for column in columns:
        if column not in known:  # a newer NSS keeps an attribute that the older one did not
            connection.execute(f"ALTER TABLE {schema}.{table} ADD COLUMN {column}")
    names = ", ".join(columns)
    after = _rows(copy.execute(f"SELECT {names} FROM {table}"))  # noqa: S608
    before = _rows(connection.execute(f"SELECT {names} FROM {schema}.{table}"))  # noqa: S608
    changed = [key for key, row in before.items() if after.get(key) != row]
    connection.executemany(
        f"DELETE FROM {schema}.{table} WHERE {columns[0]} = ?",  # noqa: S608
        [(key,) for key in changed],
    )
    marks = ", ".join("?" * len(columns))
    connection.executemany(
        f"INSERT INTO {schema}.{table} ({names}) VALUES ({marks})",  # noqa: S608
        [row for key, row in after.items() if before.get(key) != row],
    )


def _columns(connection: sqlite3.Connection, schema: str, table: str) -> list[str]:
    """Return a table's columns, the key first: NSS calls it ``id``."""
    found = [str(row[1]) for row in connection.execute(f"PRAGMA {schema}.table_info({table})")]
    if not all(word.isidentifier() for word in (table, *found)) or found[:1] != ["id"]:
        raise sqlite3.DatabaseError(f"{safe(table)} is not one of NSS's tables")
    return found


def _rows(found: Iterable[tuple[object, ...]]) -> dict[object, tuple[object, ...]]:
    return {row[0]: row for row in found}
