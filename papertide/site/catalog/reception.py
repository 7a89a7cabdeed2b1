"""How papers are received: votes, comments, stars and citations, as listings and sources told."""

import datetime
import math

from django.db.models import Count, Exists, Max, OuterRef, Sum

from papertide import papers
from papertide.reading.clean import clean
from papertide.search.popularity import Liked
from papertide.site.catalog.models import Listing, ListingEntry, Paper
from papertide.trends.forecast import Told
from papertide.trends.signals import Signal, at_day

_CITING = ("semanticscholar", "openalex", "crossref")  # sources that tell of citations
_CITED = ("citations", "as_of")  # what they tell


def liked() -> list[Liked]:
    """The papers with votes: the most of any listing, stars of their code, the first day they were
    listed, the most comments. One query."""
    voted = ListingEntry.objects.filter(votes__gt=0).order_by()
    found: dict[int, Liked] = {}
    for paper, votes, comments, date, stars in voted.values_list(
        "paper_id", "votes", "comments", "listing__date", "paper__extra__huggingface__stars"
    ):
        comments = comments or 0
        known, day = found.get(paper), papers.full_date(date)
        if known:
            votes = max(votes, known.votes)
            comments = max(comments, known.comments)
            day = min(filter(None, (day, known.since)), default=None)
        found[paper] = Liked(paper, votes, stars, day, comments)
    return list(found.values())


def signals(since: datetime.date, until: datetime.date, limit: int = 5_000) -> list[Signal]:
    """What is known of how the papers first listed in a span of days are received, each kind on the
    day of the listing, citations on the day they were told. One query, of so many rows."""
    listed = ListingEntry.objects.filter(
        listing__date__range=(since.isoformat(), until.isoformat())
    ).exclude(paper__status="removed")
    held: dict[int, dict] = {}
    facts = [f"paper__extra__{source}__{fact}" for source in _CITING for fact in _CITED]
    rows = listed.order_by("-listing__date").values_list(
        "paper_id", "listing__date", "votes", "comments", "paper__extra__huggingface__stars", *facts
    )
    for paper, date, votes, comments, stars, *cited in rows[:limit]:
        day = papers.full_date(date)
        if day is None:
            continue
        known = held.setdefault(paper, {"day": day, "votes": 0, "comments": 0})
        known["day"] = min(known["day"], day)
        known["votes"] = max(known["votes"], votes or 0)
        known["comments"] = max(known["comments"], comments or 0)
        known["stars"] = stars if type(stars) is int else 0
        known["citations"] = max(
            ((count, as_of) for count, as_of in zip(cited[::2], cited[1::2], strict=True)
             if type(count) is int), key=lambda pair: pair[0], default=(0, None),
        )  # fmt: skip
    found = []
    for paper, known in held.items():
        at = at_day(known["day"])
        for kind in ("votes", "comments", "stars"):
            found.append(Signal(paper, kind, known[kind], at))
        count, as_of = known["citations"]
        found.append(Signal(paper, "citations", count, at_day(papers.full_date(str(as_of))) or at))
    return [signal for signal in found if signal.count > 0]


def last_listed(until: datetime.date) -> datetime.date | None:
    """The latest day up to one of which a listing shows votes. One query."""
    voted = ListingEntry.objects.filter(listing=OuterRef("id"), votes__gt=0)
    dated = Listing.objects.filter(Exists(voted), date__lte=until.isoformat()).order_by("-date")
    # Dates without a day, such as those of months, stand among the others.
    dates = map(papers.full_date, dated.values_list("date", flat=True)[:100])
    return next(filter(None, dates), None)


def told(limit: int = 20_000) -> list[tuple[Told, str]]:
    """Papers of the latest listings that show votes, as they were told when first listed, with
    the most votes of any listing, and their readable abstracts; oldest first. One query."""
    listed = ListingEntry.objects.filter(votes__isnull=False).exclude(paper__status="removed")
    found: dict[int, tuple[Told, str]] = {}
    for number, date, votes, title, abstract, authors, published, extra in listed.order_by(
        "-listing__date", "paper_id"
    ).values_list(
        "paper_id", "listing__date", "votes", "paper__title", "paper__abstract", "paper__authors",
        "paper__published", "paper__extra__huggingface",
    )[:limit]:  # fmt: skip
        day = papers.full_date(date)
        if day is None:
            continue
        if known := found.get(number):
            votes = max(votes, known[0].votes)
        elif not title:
            continue
        facts = extra if isinstance(extra, dict) else {}
        found[number] = (
            Told(
                paper=number, title=clean(title), authors=tuple(authors), listed=day, votes=votes,
                submitter=str(facts.get("submitter") or ""),
                published=papers.full_date(published),
                hour=_hour(facts.get("submitted"), day),
            ),
            clean(abstract),
        )  # fmt: skip
    return list(found.values())[::-1]


def _hour(submitted: object, day: datetime.date) -> float:
    """When a paper was submitted to a listing, in hours from midnight (UTC) of its day."""
    try:
        at = datetime.datetime.fromisoformat(str(submitted))
        return (at - at_day(day)).total_seconds() / 3600
    except (TypeError, ValueError):  # none, or without a time zone
        return math.nan


def told_of() -> tuple[int, int, int]:
    """Numbers that change when there is more to learn of votes: entries with some, the votes of
    all of them, and the number of the newest paper. Two queries."""
    held = ListingEntry.objects.filter(votes__isnull=False).aggregate(
        count=Count("id"), votes=Sum("votes")
    )
    newest = Paper.objects.aggregate(newest=Max("id"))["newest"]
    return held["count"], held["votes"] or 0, newest or 0
