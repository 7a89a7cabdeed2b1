"""How papers are received: votes, comments, stars and citations, as listings and sources told, and
votes and comments that came here (`here`), which add to the most of any listing."""

import datetime
import math

import msgspec
from django.db.models import Count, Exists, Max, OuterRef, Q, Sum

from papertide import papers
from papertide.reading.clean import clean
from papertide.search.popularity import Came, Liked
from papertide.site.catalog import here
from papertide.site.catalog.models import Listing, ListingEntry, Paper
from papertide.trends.forecast import Told
from papertide.trends.signals import Signal, at_day

_CITING = ("semanticscholar", "openalex", "crossref")  # sources that tell of citations
_CITED = ("citations", "as_of")  # what they tell
_FADING = 60  # days for which what came here is counted by its own day; 1% is left of it then
_MOST_DAYS = 100_000  # papers and days of these


def liked() -> list[Liked]:
    """The papers with votes or comments: the most of any listing, stars of their code, the first
    day they were listed, and what came here. One query, and three of those who tell of it."""
    told = ListingEntry.objects.filter(Q(votes__gt=0) | Q(comments__gt=0)).order_by()
    found: dict[int, Liked] = {}
    for paper, votes, comments, date, stars in told.values_list(
        "paper_id", "votes", "comments", "listing__date", "paper__extra__huggingface__stars"
    ):
        votes, comments = votes or 0, comments or 0
        known, day = found.get(paper), papers.full_date(date)
        if known:
            votes = max(votes, known.votes)
            comments = max(comments, known.comments)
            day = min(filter(None, (day, known.since)), default=None)
        found[paper] = Liked(paper, votes, stars, day, comments)
    today = datetime.datetime.now(datetime.UTC).date()
    lately: dict[int, list[Came]] = {}
    for came in here.days(today - datetime.timedelta(_FADING), today, _MOST_DAYS):
        lately.setdefault(came.paper, []).append(Came(*came[1:]))
    for paper, (votes, comments) in here.totals().items():
        listed = found.get(paper, Liked(paper, 0))
        found[paper] = msgspec.structs.replace(
            listed, here=(votes, comments), lately=tuple(lately.get(paper, ()))
        )
    return list(found.values())


def signals(since: datetime.date, until: datetime.date, limit: int = 5_000) -> list[Signal]:
    """What is known of how the papers first listed in a span of days are received, each kind on the
    day of the listing, citations on the day they were told; and what came to any paper here, on the
    days it came. One query, of so many rows, and one of those who tell of it."""
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
    for came in here.days(since, until, limit):
        found.append(Signal(came.paper, "votes", came.votes, at_day(came.day)))
        found.append(Signal(came.paper, "comments", came.comments, at_day(came.day)))
        found.append(Signal(came.paper, "mentions", came.mentions, at_day(came.day)))
    return [signal for signal in found if signal.count > 0]


def last_listed(until: datetime.date) -> datetime.date | None:
    """The latest day up to one of which a listing shows votes, or on which some came here. One
    query, and one of those who tell of it."""
    voted = ListingEntry.objects.filter(listing=OuterRef("id"), votes__gt=0)
    dated = Listing.objects.filter(Exists(voted), date__lte=until.isoformat()).order_by("-date")
    # Dates without a day, such as those of months, stand among the others.
    dates = map(papers.full_date, dated.values_list("date", flat=True)[:100])
    days = (next(filter(None, dates), None), here.last_day(until))
    return max(filter(None, days), default=None)


def told(limit: int = 20_000) -> list[tuple[Told, str]]:
    """Papers of the latest listings that show votes, as they were told when first listed, with
    the most votes of any listing and those that came here, and their readable abstracts; oldest
    first. One query, and one of those who tell of it.

    Papers that no listing has are not among them: of the others of their day nobody knows whether
    they were looked at.
    """
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
    added = here.totals(found.keys()) if found else {}
    return [
        (msgspec.structs.replace(one, votes=one.votes + added[one.paper][0]), abstract)
        if one.paper in added else (one, abstract)
        for one, abstract in reversed(found.values())
    ]  # fmt: skip


def _hour(submitted: object, day: datetime.date) -> float:
    """When a paper was submitted to a listing, in hours from midnight (UTC) of its day."""
    try:
        at = datetime.datetime.fromisoformat(str(submitted))
        return (at - at_day(day)).total_seconds() / 3600
    except (TypeError, ValueError):  # none, or without a time zone
        return math.nan


def told_of() -> tuple[int, int, int]:
    """Numbers that change when there is more to learn of votes: entries with some, the votes of
    all of them with what came here, and the number of the newest paper. Two queries, and one of
    those who tell of it."""
    held = ListingEntry.objects.filter(votes__isnull=False).aggregate(
        count=Count("id"), votes=Sum("votes")
    )
    newest = Paper.objects.aggregate(newest=Max("id"))["newest"]
    return held["count"], (held["votes"] or 0) + here.counted(), newest or 0
