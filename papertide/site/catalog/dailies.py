"""Hugging Face's daily lists, and what listings show of papers."""

import datetime
from collections.abc import Collection

import msgspec
from django.db.models import Max, Q

from papertide.papers import full_date
from papertide.schedule import Period
from papertide.site.catalog.models import Listing, ListingEntry, Paper

SOURCE = "huggingface"
MOST = 20_000  # papers of the lists of one period


class Shown(msgspec.Struct, kw_only=True):
    """What listings showed of a paper: the most votes and comments, None where none showed any."""

    votes: int | None = None
    comments: int | None = None

    def plus(self, votes: int, comments: int) -> "Shown":
        """The same with what came beside; of a kind of which nothing did, nothing changes."""
        return Shown(
            votes=(self.votes or 0) + votes if votes else self.votes,
            comments=(self.comments or 0) + comments if comments else self.comments,
        )


def latest(today: datetime.date) -> datetime.date | None:
    """The latest day, up to today, of a daily list or of papers. Two queries."""
    listed = Listing.objects.filter(source=SOURCE, date__lte=today.isoformat())
    days = Paper.objects.filter(day__lte=today)
    found = [
        full_date(listed.order_by("-date").values_list("date", flat=True).first() or ""),
        days.order_by("-day").values_list("day", flat=True).first(),
    ]
    return max(filter(None, found), default=None)


def listed(period: Period, submitter: str = "") -> dict[int, datetime.date | None] | None:
    """Numbers of the papers of the list of a week or month, else of the lists of its days, each
    with its day, the latest first and then in the lists' order; None where there is no list.

    `submitter` is who brought a paper there. Two queries, `MOST` papers.
    """
    spanned = Q(source=SOURCE, date__range=(str(period.first), str(period.last)))
    lists = Listing.objects.filter(spanned | Q(key=f"{SOURCE}:{period.name}"))
    days = {key: (number, full_date(date)) for number, key, date in
            lists.values_list("id", "key", "date")}  # fmt: skip
    whole = days.get(f"{SOURCE}:{period.name}")
    held = dict([whole] if whole else days.values())
    if not held:
        return None
    if "\0" in submitter:  # nobody's name, and Postgres refuses it
        return {}
    found = ListingEntry.objects.filter(listing__in=held)
    found = found.order_by("-listing__date", "position", "id")
    if submitter:
        found = found.filter(paper__extra__huggingface__submitter=submitter)
    by_paper: dict[int, datetime.date | None] = {}
    for paper, number in found.values_list("paper_id", "listing_id")[:MOST]:
        by_paper.setdefault(paper, held[number])  # in two lists: where it was last
    return by_paper


def shown(papers: Collection[int]) -> dict[int, Shown]:
    """What listings showed of some papers (their numbers), of those that are in one. One query."""
    held = ListingEntry.objects.filter(paper__in=papers).order_by().values("paper")
    rows = held.annotate(Max("votes"), Max("comments"))
    return {
        row["paper"]: Shown(votes=row["votes__max"], comments=row["comments__max"])
        for row in rows
    }
