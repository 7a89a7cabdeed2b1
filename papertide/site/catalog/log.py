"""The change log: written in the transaction of the change, read by whoever keeps a copy."""

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Max, Min

from papertide.papers import Paper
from papertide.site.catalog import rows
from papertide.site.catalog.models import Change, LogReader

_LOCK = 0x7061706572  # "paper": any number that nobody else takes


def lock() -> None:
    """Take the writers' lock until the transaction ends; the first thing a writer does.

    Postgres gives sequence numbers in another order than that of commits: a reader could pass
    number 7 before 6 is there. Under this lock the two orders are one. SQLite has only one
    writer anyway, from BEGIN IMMEDIATE on.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def append(changes: Iterable[tuple[int, str]]) -> None:
    """Write changes (paper id, kind) in the current transaction, under the lock."""
    rows.insert(Change, ("paper_id", "kind"), changes)


def kind(paper: Paper) -> str:
    """What a change of a paper means to a reader of the log: a removed one is to be forgotten."""
    return Change.Kind.DELETED if paper.removed else Change.Kind.SAVED


def last() -> int:
    """The number of the latest change; 0 before the first."""
    return Change.objects.aggregate(last=Max("number"))["last"] or 0


def after(number: int, limit: int) -> list[tuple[int, int, str]]:
    """At most `limit` changes after a number, in order: (number, paper id, kind)."""
    changes = Change.objects.filter(number__gt=number).order_by("number")[:limit]
    return list(changes.values_list("number", "paper_id", "kind"))


def read_up_to(reader: str, number: int) -> None:
    """Note how far a reader has come."""
    LogReader.objects.update_or_create(name=reader, defaults={"number": number})


def forget_others(readers: Iterable[str]) -> None:
    """Keep the log for these readers alone."""
    LogReader.objects.exclude(name__in=list(readers)).delete()


def forget(reader: str) -> None:
    """Forget a reader: the log is kept for it no longer."""
    LogReader.objects.filter(name=reader).delete()


def oldest() -> int:
    """The number of the oldest change kept; 0 where there is none."""
    return Change.objects.aggregate(first=Min("number"))["first"] or 0


def prune() -> int:
    """Drop what every reader has read, but for the last change; the number of rows dropped."""
    with transaction.atomic():
        seen = LogReader.objects.aggregate(seen=Min("number"))["seen"] or 0
        return Change.objects.filter(number__lt=min(seen, last())).delete()[0]
