"""What others may ask of harvesting: storing a page with its cursor, and how sources fare."""

import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from papertide.papers import Record, full_date
from papertide.results import SourceRun
from papertide.site.catalog import services as catalog
from papertide.site.harvest.models import Mailed, State, Told
from papertide.sources.base import Rejection


def runs() -> dict[str, SourceRun]:
    """How the sources fare that were ever harvested, by name. One query."""
    fields = [name for name in SourceRun.__struct_fields__ if name != "name"]
    rows = State.objects.values(*fields, name=F("source"))
    return {row["name"]: SourceRun(**row) for row in rows}


def begin(source: str, now: datetime.datetime) -> None:
    """Note that a source is being asked."""
    counts = dict.fromkeys(("new", "changed", "unchanged", "rejected"), 0)
    State.objects.update_or_create(source=source, defaults={"attempted": now} | counts)


def store(
    source: str, rows: list[Record | Rejection], cursor: dict[str, Any], *, keep: bool = True
) -> tuple[catalog.Counts, list[Rejection]]:
    """Store a page of a source and move its cursor in one transaction; what that brought, and the
    rows that were rejected, by the source or by the database.

    Killed at any moment, either both are there or neither is. Without `keep` all is undone again.
    """
    counts = catalog.Counts()
    refused = [row for row in rows if isinstance(row, Rejection)]

    def on_bad(record: Record, reason: str) -> None:
        refused.append(
            Rejection(line=record.line, reason=reason, text=record.paper.title[:200])
        )

    with transaction.atomic():
        for batch in catalog.batches(row for row in rows if isinstance(row, Record)):
            counts.add(catalog.ingest(batch, on_bad))
        State.objects.filter(source=source).update(
            cursor=cursor,
            new=F("new") + counts.new,
            changed=F("changed") + counts.changed,
            unchanged=F("unchanged") + counts.unchanged,
            rejected=F("rejected") + len(refused),
        )
        _tell(source, counts.told)
        if not keep:
            transaction.set_rollback(True)
    return counts, refused


def _tell(source: str, told: dict[str, int]) -> None:
    for text, count in told.items():
        if day := full_date(text):
            held, made = Told.objects.get_or_create(
                source=source, day=day, defaults={"count": count}
            )
            if not made:
                Told.objects.filter(pk=held.pk).update(count=F("count") + count)


def succeed(source: str, now: datetime.datetime, due: datetime.datetime) -> None:
    """Note that a source was harvested, and when it is due again."""
    State.objects.filter(source=source).update(
        succeeded=now, due=due, failures=0, failing_since=None, error=""
    )


def fail(source: str, now: datetime.datetime, due: datetime.datetime, error: str) -> None:
    """Note that a harvest ended with an error, and when to try again."""
    held = State.objects.filter(source=source)
    held.filter(failing_since=None).update(failing_since=now)
    held.update(failures=F("failures") + 1, error=error, due=due)


def told(since: datetime.date) -> dict[str, dict[datetime.date, int]]:
    """Source -> day -> records that had something new to tell, from a day on. One query."""
    found: dict[str, dict[datetime.date, int]] = {}
    for source, day, count in Told.objects.filter(day__gte=since).values_list(
        "source", "day", "count"
    ):
        found.setdefault(source, {})[day] = count
    return found


def latest() -> dict[str, datetime.date]:
    """Source -> the latest day that it told of. One query."""
    return dict(Told.objects.values_list("source").annotate(day=Max("day")))


def claim(alarm: str, today: datetime.date) -> bool:
    """Whether an alarm is yet to be mailed today; it then counts as mailed."""
    with transaction.atomic():
        held, made = Mailed.objects.select_for_update().get_or_create(
            alarm=alarm[:200], defaults={"day": today}
        )
        if made:
            return True
        return bool(Mailed.objects.filter(pk=held.pk, day__lt=today).update(day=today))
