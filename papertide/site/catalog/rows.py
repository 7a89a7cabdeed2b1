"""Papers to rows and back, and bulk writes: one SQL statement for many rows, on every database.

Django's `bulk_create` prepares each field of each object; at a million papers that is most of
the time. Here the columns come from the models and the values are ready.
"""

from collections.abc import Iterable, Sequence
from typing import get_type_hints

import msgspec
from django.db import connection
from django.db.models import Model

from papertide.papers import Paper as PaperRecord
from papertide.papers import title_key
from papertide.site.catalog.models import Paper

_JSON = ("authors", "categories", "versions", "links", "extra", "sources", "origins")
_TEXT = (
    "public_id", "title", "abstract", "published", "updated", "announced", "licence", "comment",
    "venue", "description", "status", "status_note",
)  # fmt: skip
_encode = msgspec.json.Encoder().encode
_decoders = {
    name: msgspec.json.Decoder(get_type_hints(PaperRecord)[name]).decode
    for name in (*_JSON, "identities")
}
# A paper's identities in the order in which they came, as a JSON list.
_IDENTITIES = {
    "sqlite": (
        "(SELECT json_group_array(name) FROM (SELECT name FROM catalog_identity "
        "WHERE paper_id = catalog_paper.id ORDER BY id))"
    ),
    "postgresql": (
        "(SELECT coalesce(json_agg(name ORDER BY id), '[]')::text FROM catalog_identity "
        "WHERE paper_id = catalog_paper.id)"
    ),
}

COLUMNS = ("id", *_TEXT, *_JSON)  # what a record is read from, in this order
WRITTEN = (*COLUMNS, "title_key", "day")


def to_row(paper: PaperRecord) -> tuple:
    """The values of `WRITTEN` for a paper."""
    day = paper.day
    return (
        paper.id,
        *[getattr(paper, name) for name in _TEXT],
        *[_encode(getattr(paper, name)).decode() for name in _JSON],
        title_key(paper.title),
        day and day.isoformat(),
    )


def papers(ids: Iterable[int]) -> list[PaperRecord]:
    """Papers by their numbers, in no order. One query."""
    among, parameter = _among(ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_names(COLUMNS)}, {_IDENTITIES[connection.vendor]} "
            f"FROM {_table(Paper)} WHERE id {among}",
            [parameter],
        )
        return [_paper(row) for row in cursor.fetchall()]


def _paper(row: Sequence) -> PaperRecord:
    values = dict(zip((*COLUMNS, "identities"), row, strict=True))
    for name, decode in _decoders.items():
        values[name] = decode(values[name])
    return PaperRecord(**values)


def select(
    model: type[Model], columns: Sequence[str], column: str, values: Iterable[str | int]
) -> list[tuple]:
    """Columns of the rows that have one of the values in a column, as the database gives them.

    One parameter for all values: Django's `__in` prepares thousands of them one by one.
    """
    among, parameter = _among(values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_names(columns)} FROM {_table(model)} WHERE {_quote(column)} {among}",
            [parameter],
        )
        return cursor.fetchall()


def beside(
    model: type[Model], by: str, column: str, values: Iterable[int], bounded: str, most: int
) -> list[tuple]:
    """Pairs of `column` of rows that are alike in `by`, one of each pair among some values; both
    rows have `most` at the most in a column."""
    among, parameter = _among(values)
    table, column, bounded = _table(model), _quote(column), _quote(bounded)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT one.{column}, other.{column} FROM {table} one "
            f"JOIN {table} other ON other.{_quote(by)} = one.{_quote(by)} "
            f"WHERE one.{column} {among} AND one.{bounded} <= %s AND other.{bounded} <= %s",
            [parameter, most, most],
        )
        return cursor.fetchall()


def _among(values: Iterable[str | int]) -> tuple[str, object]:
    """A condition that a column has one of some values, with one parameter for all of them."""
    if connection.vendor == "sqlite":
        return "IN (SELECT value FROM json_each(%s))", _encode(list(values)).decode()
    return "= ANY(%s)", list(values)


def insert(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence], *, new=False):
    """Insert rows; with `new`, only those that break no unique constraint."""
    marks = ", ".join(["%s"] * len(columns))
    ignore = " ON CONFLICT DO NOTHING" if new else ""
    _many(f"INSERT INTO {_table(model)} ({_names(columns)}) VALUES ({marks}){ignore}", rows)


def update(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Write columns of existing rows; the last value of each row is its primary key."""
    assignments = ", ".join(f"{_quote(column)} = %s" for column in columns)
    _many(f"UPDATE {_table(model)} SET {assignments} WHERE id = %s", rows)


def delete(model: type[Model], column: str, values: Iterable) -> None:
    """Delete the rows that have one of the values in a column."""
    _many(
        f"DELETE FROM {_table(model)} WHERE {_quote(column)} = %s", [(value,) for value in values]
    )


def update_papers(papers: Iterable[PaperRecord]) -> None:
    update(Paper, WRITTEN[1:], [(*row[1:], row[0]) for row in map(to_row, papers)])


def new_ids(model: type[Model], count: int) -> Iterable[int]:
    """Primary keys for `count` new rows, never given before.

    SQLite: those after the greatest ever given, which stays so while the transaction holds
    the database's one write lock. Postgres: from the sequence.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            table = model._meta.db_table
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            last = (cursor.fetchone() or (0,))[0]
            return range(last + 1, last + count + 1)
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [number for (number,) in cursor.fetchall()]


def _many(statement: str, rows: Iterable[Sequence]) -> None:
    rows = list(rows)
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(statement, rows)


def _quote(name: str) -> str:
    return connection.ops.quote_name(name)


def _table(model: type[Model]) -> str:
    return _quote(model._meta.db_table)


def _names(columns: Sequence[str]) -> str:
    return ", ".join(map(_quote, columns))
