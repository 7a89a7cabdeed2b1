"""Ending what the database takes too long for."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.utils import OperationalError

_STEPS = 10_000  # of SQLite's machine between two looks at the clock: some 0.1 ms


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Let queries take so many seconds, on SQLite together, on Postgres each; 0 lets them take
    what they want. Raises TimeoutError."""
    if not seconds:
        yield
        return
    try:
        with _sqlite(seconds) if connection.vendor == "sqlite" else _postgres(seconds):
            yield
    except OperationalError as error:
        if "interrupted" not in str(error) and "statement timeout" not in str(error):
            raise
        raise TimeoutError(f"the database took more than {seconds:g} seconds") from None


@contextmanager
def _sqlite(seconds: float) -> Iterator[None]:
    connection.ensure_connection()
    held, until = connection.connection, time.monotonic() + seconds
    held.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    try:
        yield
    finally:
        held.set_progress_handler(None, 0)


@contextmanager
def _postgres(seconds: float) -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{seconds:g}s"])
        yield
