"""Makes a shop of any number of orders out of the demo shop, by copying rows inside PostgreSQL."""

from __future__ import annotations

import psycopg
from psycopg import sql

from bot.store.shop_tables import RECORDS

# A copy's keys are the original's with a number behind (an e-mail address: in front), so that
# references between copied rows hold and no two copies meet.
_BEHIND = ("customer_id", "order_id", "number", "digits", "phone")
_OWN_ID_BEHIND = ("customer", "shop_order")
_NOT_COPIED = ("product", "variant")


def grow(url: str, orders: int) -> int:
    """Copy customers with all they have until there are so many orders; the exact number."""
    with psycopg.connect(url) as connection:
        have = count(connection)
        copies = -(-orders // have) - 1
        if copies > 0:
            for table in RECORDS:
                if table.name not in _NOT_COPIED:
                    _copy(connection, table.name, [c.name for c in table.columns], copies)
        total = count(connection)
    _tidy(url)
    return total


def shrink(url: str, orders: int) -> int:
    """Remove customers with all they have until no more orders are left; the exact number."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "DELETE FROM customer WHERE id IN (SELECT id FROM ("
            " SELECT c.id, sum(count(o.id)) OVER (ORDER BY c.id) AS so_far FROM customer c"
            " LEFT JOIN shop_order o ON o.customer_id = c.id GROUP BY c.id"
            ") counted WHERE so_far > %s)",
            (orders,),
        )
        total = count(connection)
    _tidy(url)
    return total


def count(connection: psycopg.Connection[tuple[int]]) -> int:
    """How many orders there are."""
    row = connection.execute("SELECT count(*) FROM shop_order").fetchone()
    assert row is not None
    return row[0]


def _copy(
    connection: psycopg.Connection[tuple[int]], table: str, columns: list[str], copies: int
) -> None:
    new = sql.SQL(", ").join(_copied(table, column) for column in columns)
    statement = sql.SQL(
        "WITH n AS (SELECT lpad(i::text, 4, '0') AS n FROM generate_series(1, {copies}) i) "
        "INSERT INTO {table} ({columns}) SELECT {new} FROM {table} t, n"
    )
    connection.execute(
        statement.format(
            copies=sql.Literal(copies),
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            new=new,
        )
    )


def _copied(table: str, column: str) -> sql.Composable:
    value = sql.SQL("t.{}").format(sql.Identifier(column))
    if column in _BEHIND and not (table == "invoice" and column == "number"):
        return value + sql.SQL(" || n.n")
    if column == "id" and table in _OWN_ID_BEHIND:
        return value + sql.SQL(" || n.n")
    if column == "email":
        return sql.SQL("n.n || '.' || ") + value
    return value


def _tidy(url: str) -> None:
    """What PostgreSQL's own housekeeping would have done by the time a shop is that large."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
