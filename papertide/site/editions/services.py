"""What others may ask of editions: which papers a day, a week or a month has.

An edition is published once, when its day closes, and its papers stay what they are. A paper that
comes too late for the edition of its day is in the next one while it is less than `LATE` days old;
an older one joins the archive: it is on its day, in no edition. What other apps have for an edition
(picks, submissions) joins it as well (`signals.publishing`). Days without an edition have the
papers of that day.
"""

import datetime
from collections import Counter
from collections.abc import Collection

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Count, Q

from papertide import schedule
from papertide.schedule import DAY, LATE, Cutoff, Period
from papertide.site.catalog import services as catalog
from papertide.site.catalog.services import Dated
from papertide.site.editions.models import Edition, Entry
from papertide.site.editions.signals import publishing

CATCH_UP = 31  # days for which editions are published that were missed
_COUNT = Count("entries", filter=~Q(entries__paper__status="removed"))


class EditionInfo(msgspec.Struct, kw_only=True):
    """A period, how many papers it has in all and by category, and its nearest neighbours that
    have some.

    Categories come with the commonest first, and not for months. `published` is when the edition
    of a day was; None while it is open, and for days that have none. `late` counts papers of the
    period that came after its editions.
    """

    period: Period
    count: int
    categories: dict[str, int] = {}
    published: datetime.datetime | None = None
    late: int = 0
    previous: Period | None = None
    following: Period | None = None


class Contents(msgspec.Struct):
    """The papers of a period, the newest first, and those that came late; with when the edition
    was published, of a day that has one."""

    papers: list[Dated]
    late: list[Dated]
    published: datetime.datetime | None = None


# --- publishing ------------------------------------------------------------------------------


def publish_due(cutoff: Cutoff, now: datetime.datetime) -> list[datetime.date]:
    """Publish the editions of all days that are closed by now and have papers; which they were.

    A day without papers gets its edition when some come: a source may be late. Two processes at
    once make each edition once.
    """
    latest = cutoff.latest(now)
    known = Edition.objects.order_by("-day").values_list("day", flat=True).first()
    first = max(known + DAY, latest - CATCH_UP * DAY) if known else latest - (LATE - 1) * DAY
    missed = (first + n * DAY for n in range((latest - first).days + 1))
    return [day for day in missed if publish(day, now)]


def publish(day: datetime.date, now: datetime.datetime) -> bool:
    """Publish the edition of a day with all papers that belong into it; whether that was done.
    Nothing is done where it was published before, or would be empty."""
    if Edition.objects.filter(day=day).exists():
        return False
    try:
        with transaction.atomic():
            first = day - (LATE - 1) * DAY
            due = {paper.id for paper in catalog.dated(first, day)}
            held = Entry.objects.filter(paper__day__range=(first, day))
            due -= set(held.values_list("paper_id", flat=True))
            made = Edition.objects.create(day=day, published=now)
            told = publishing.send(None, day=day, papers=due)
            due -= set().union(*(part.later for _, part in told))
            joining = set().union(*(part.joining for _, part in told))
            if not due and not joining:
                raise _Empty
            others = Entry.objects.filter(paper__in=joining - due)
            due |= joining - set(others.values_list("paper_id", flat=True))
            Entry.objects.bulk_create(
                [Entry(edition=made, paper_id=number) for number in sorted(due)], batch_size=1000
            )
    except (IntegrityError, _Empty):  # the first: another process was faster
        return False
    return True


class _Empty(Exception):
    """There is nothing for an edition: what was begun of it is undone."""


def move(old: int, new: int, **_) -> None:
    """A paper that is now part of another leaves it its place, unless that one has its own."""
    if not Entry.objects.filter(paper_id=new).exists():
        Entry.objects.filter(paper_id=old).update(paper_id=new)


# --- reading ---------------------------------------------------------------------------------


def contents(
    period: Period, *, categories: bool = True, joined: Collection[int] = ()
) -> Contents:
    """The papers of a period, with those that `joined` it wherever else they are. Two queries, and
    one more where a paper is far from its day."""
    entries = Entry.objects.filter(edition__day__range=(period.first, period.last))
    placed: dict[int, datetime.date] = {}
    editions: dict[datetime.date, datetime.datetime] = {}
    for paper, day, at in entries.values_list("paper_id", "edition__day", "edition__published"):
        placed[paper], editions[day] = day, at
    first = schedule.earlier(period.first, LATE - 1)
    rows = catalog.dated(first, period.last, categories=categories)
    papers: list[tuple[datetime.date, Dated]] = []
    late = []
    for paper in rows:
        if day := placed.pop(paper.id, None):
            papers.append((day, paper))
        elif paper.day >= period.first:
            if paper.day in editions:
                late.append(paper)
            else:
                papers.append((paper.day, paper))
    known = {paper.id for _, paper in papers}
    if others := placed.keys() | (set(joined) - known):
        papers += [
            (placed.get(paper.id, period.last), paper) for paper in catalog.dated_among(others)
        ]
    papers.sort(key=lambda held: (held[0], held[1].public_id), reverse=True)
    late.sort(key=lambda paper: paper.public_id, reverse=True)
    published = editions.get(period.first) if period.kind == "day" else None
    return Contents([paper for _, paper in papers], late, published)


def info(period: Period, held: Contents) -> EditionInfo:
    """What is told of a period and its contents. One query."""
    counted = Counter(code for paper in held.papers for code in dict.fromkeys(paper.categories))
    days = (None, None)
    if period.kind != "range":
        days = catalog.days_around(period.first, period.last)
    previous, following = [day and schedule.of(period.kind, day) for day in days]
    return EditionInfo(
        period=period, count=len(held.papers), published=held.published, late=len(held.late),
        categories=dict(sorted(counted.items(), key=lambda item: (-item[1], item[0]))),
        previous=previous, following=following,
    )  # fmt: skip


def counts(period: Period) -> dict[datetime.date, int]:
    """How many papers the days of a period have, those without any left out. Two queries."""
    found = catalog.counts_of_days(period.first, period.last)
    within = Edition.objects.filter(day__range=(period.first, period.last))
    found |= dict(within.values_list("day").annotate(count=_COUNT))
    return {day: count for day, count in sorted(found.items()) if count}


def published(limit: int) -> list[tuple[datetime.date, datetime.datetime, int]]:
    """The latest editions: of which day, published when, and how many papers. One query."""
    held = Edition.objects.annotate(count=_COUNT).order_by("-day")
    return list(held.values_list("day", "published", "count")[:limit])


def edition_of(paper_id: int) -> datetime.date | None:
    """The day of the edition that a paper is in. One query."""
    held = Entry.objects.filter(paper_id=paper_id)
    return held.values_list("edition__day", flat=True).first()
