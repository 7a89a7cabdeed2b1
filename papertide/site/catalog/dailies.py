"""The papers of days as Hugging Face's daily lists have them; of days without, as we have them."""

import datetime
from collections.abc import Collection

import msgspec
from django.db.models import Max, Q

from papertide.papers import full_date
from papertide.site.catalog.models import Listing, ListingEntry, Paper

SOURCE = "huggingface"
MOST = 20_000  # papers that are put in order for one answer


class Shown(msgspec.Struct, kw_only=True):
    """What listings showed of a paper: the most votes and comments, None where none showed any."""

    votes: int | None = None
    comments: int | None = None


def latest(today: datetime.date) -> datetime.date | None:
    """The latest day, up to today, of a daily list or of papers. Two queries."""
    listed = Listing.objects.filter(source=SOURCE, date__lte=today.isoformat())
    days = Paper.objects.filter(day__lte=today)
    found = [
        full_date(listed.order_by("-date").values_list("date", flat=True).first() or ""),
        days.order_by("-day").values_list("day", flat=True).first(),
    ]
    return max(filter(None, found), default=None)


def numbers(
    first: datetime.date, last: datetime.date, whole: str = "", submitter: str = ""
) -> list[tuple[int, datetime.date | None]]:
    """Numbers of the papers of some days, each with its day, the latest day first.

    Those of the list `whole` (``2025-W09``, ``2025-02``) where there is one, else of the lists of
    these days in their order; where there is none either, all first announced on these days, by
    id. `submitter` is who brought a paper to a list. Two queries, `MOST` papers.
    """
    if "\0" in submitter:  # nobody's name, and Postgres refuses it
        return []
    spanned = Q(source=SOURCE, date__range=(first.isoformat(), last.isoformat()))
    lists = Listing.objects.filter(spanned | Q(key=f"{SOURCE}:{whole}"))
    days = {key: (number, full_date(date)) for number, key, date in
            lists.values_list("id", "key", "date")}  # fmt: skip
    chosen = days.get(f"{SOURCE}:{whole}")
    held = dict([chosen] if chosen else days.values())
    if held:
        found = ListingEntry.objects.filter(listing__in=held)
        found = found.order_by("-listing__date", "position", "id")
        if submitter:
            found = found.filter(paper__extra__huggingface__submitter=submitter)
        by_paper: dict[int, datetime.date | None] = {}
        for paper, listing in found.values_list("paper_id", "listing_id")[:MOST]:
            by_paper.setdefault(paper, held[listing])  # in two lists: where it was last
        return list(by_paper.items())
    if submitter:  # who is nobody outside of lists
        return []
    own = Paper.objects.filter(day__range=(first, last)).order_by("-day", "-public_id")
    return list(own.values_list("id", "day")[:MOST])


def shown(papers: Collection[int]) -> dict[int, Shown]:
    """What listings showed of some papers (their numbers), of those that are in one. One query."""
    held = ListingEntry.objects.filter(paper__in=papers).order_by().values("paper")
    rows = held.annotate(Max("votes"), Max("comments"))
    return {
        row["paper"]: Shown(votes=row["votes__max"], comments=row["comments__max"])
        for row in rows
    }
