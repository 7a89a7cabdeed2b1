"""What others may ask of the catalogue: papers, days, listings, authors, and its changes."""

import datetime
from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec
from django.db import transaction
from django.db.models import Case, Count, F, OuterRef, Subquery, TextField, When
from django.db.models.functions import Cast, Coalesce

from papertide import merging, papers
from papertide.papers import arxiv_id, doi, title_key
from papertide.reading.clean import clean
from papertide.schedule import Period
from papertide.search.engine import Document, document
from papertide.search.tree import Tree
from papertide.site.catalog import conditions, duplicates, log, reception, rows
from papertide.site.catalog import ingest as _ingest
from papertide.site.catalog.models import (
    Announcement,
    Authorship,
    Catalog,
    FormerTitle,
    Identity,
    Listing,
    ListingEntry,
    Paper,
    PossibleDuplicate,
    Redirect,
)
from papertide.site.catalog.patience import patience

_categories = msgspec.json.Decoder(tuple[str, ...]).decode
Counts, batches, ingest = _ingest.Counts, _ingest.batches, _ingest.ingest
possible_duplicates = duplicates.waiting
COUNTED = 20_000  # papers that are counted in haste
liked, signals = reception.liked, reception.signals
told, told_of, last_listed = reception.told, reception.told_of, reception.last_listed
prune_log, note_reader = log.prune, log.read_up_to
forget_reader, forget_readers = log.forget, log.forget_others


class ListingInfo(msgspec.Struct, kw_only=True):
    """A listing and how many papers are in it."""

    id: int
    slug: str
    source: str
    title: str
    date: str
    count: int


class Entry(msgspec.Struct, kw_only=True):
    """A paper in a listing: its rank there, and the counts its source showed (None: none)."""

    paper: papers.Paper
    position: int
    votes: int | None = None
    comments: int | None = None


class Place(msgspec.Struct, kw_only=True):
    """A listing that a paper is in: where it stood there, and its votes (None: not shown)."""

    listing: ListingInfo
    position: int
    votes: int | None = None


# --- papers ----------------------------------------------------------------------------------


def catalog_uuid() -> str:
    """Which catalogue this database is."""
    return str(Catalog.objects.values_list("uuid", flat=True).get())


def count() -> int:
    """How many papers there are, without those that were removed."""
    return Paper.objects.count() - Paper.objects.filter(status="removed").count()


def by_number(ids: Sequence[int]) -> list[papers.Paper]:
    """Papers by their numbers, in that order; those that are gone are left out. One query."""
    found = {paper.id: paper for paper in rows.papers(ids)} if ids else {}
    return [found[i] for i in ids if i in found and not found[i].removed]


def titles(ids: Sequence[int]) -> list[tuple[int, str, str]]:
    """The number, public id and title of papers, by number; those that are gone are left out. One
    query."""
    held = rows.select(Paper, ("id", "public_id", "title", "status"), "id", ids) if ids else []
    return sorted(row[:3] for row in held if row[3] != "removed")


def with_removed(ids: Sequence[int]) -> list[papers.Paper]:
    """Papers by their numbers, for moderators: also those that were removed. One query."""
    found = {paper.id: paper for paper in rows.papers(ids)}
    return [found[i] for i in ids if i in found]


def last_number() -> int:
    """The number of the newest paper; 0 where there is none."""
    return Paper.objects.order_by("-id").values_list("id", flat=True).first() or 0


def numbers_after(number: int, limit: int) -> list[int]:
    """Numbers of the next newer papers, in order."""
    newer = Paper.objects.filter(id__gt=number).order_by("id")
    return list(newer.values_list("id", flat=True)[:limit])


def numbers_before(number: int, limit: int) -> list[int]:
    """Numbers of the next older papers, the newest first."""
    older = Paper.objects.filter(id__lt=number).order_by("-id")
    return list(older.values_list("id", flat=True)[:limit])


def find(identifier: str) -> papers.Paper | None:
    """The paper of a public id (also one it had before), an arXiv id, a DOI or a link to them;
    also one that was removed."""
    if "\0" in identifier:  # no name has it, and Postgres refuses it
        return None
    arxiv = arxiv_id(identifier)
    public_id = arxiv.id if arxiv else identifier
    number = (
        Paper.objects.filter(public_id=public_id).values_list("id", flat=True).first()
        or Redirect.objects.filter(public_id=public_id).values_list("paper_id", flat=True).first()
    )
    if number is None:
        digital = doi(identifier)
        name = f"arxiv:{arxiv.id}" if arxiv else f"doi:{digital}" if digital else identifier
        named = Identity.objects.filter(name=name).order_by("paper_id")
        number = named.values_list("paper_id", flat=True).first()
    return next(iter(rows.papers([number])), None) if number else None


def titled(title: str) -> papers.Paper | None:
    """The one paper of a title, punctuation and case aside; None where there are several."""
    key = title_key(title)
    held = list(Paper.objects.filter(title_key=key).values_list("id", flat=True)[:2])
    return next(iter(by_number(held)), None) if key and len(held) == 1 else None


def matching(
    asked: Tree | None, limit: int, offset: int = 0, seconds: float = 0
) -> tuple[list[papers.Paper], int]:
    """Papers that match the tree of a query, newest first, and their number, from the database
    alone: for when there is no index. Words are looked for as parts of texts. Three queries.

    With `seconds`, raises TimeoutError where looking takes longer, and counts no further than
    `COUNTED`: looking twice would take twice as long. Two queries.
    """
    chosen = conditions.chosen(asked)
    newest = chosen.order_by("-day", "-id").values_list("id", flat=True)
    if seconds:
        with patience(seconds):
            found = list(newest[: max(COUNTED, offset + limit)])
        return by_number(found[offset : offset + limit]), len(found)
    return by_number(list(newest[offset : offset + limit])), chosen.count()


def titles_between(
    since: datetime.date, until: datetime.date, limit: int = 200_000
) -> list[tuple[datetime.date, str]]:
    """Days and readable titles of the papers of a span of days, both included. One query."""
    chosen = Paper.objects.filter(day__range=(since, until)).order_by("-day", "-id")
    return [(day, clean(title)) for day, title in chosen.values_list("day", "title")[:limit]]


def candidates(
    identities: Collection[str], title_keys: Collection[str]
) -> tuple[dict[str, list[papers.Paper]], dict[str, list[papers.Paper]]]:
    """The papers of each identity, and of each key of a title that they have or had.

    Five queries, whatever the number.
    """
    # Postgres refuses the null character, and no name has it.
    wanted = [name for name in identities if "\0" not in name]
    named = rows.select(Identity, ("name", "paper_id"), "name", wanted)
    titled = rows.select(Paper, ("title_key", "id"), "title_key", title_keys)
    titled += rows.select(FormerTitle, ("title_key", "paper_id"), "title_key", title_keys)
    held = {paper.id: paper for paper in rows.papers({number for _, number in named + titled})}
    by_identity: dict[str, list[papers.Paper]] = {}
    by_title: dict[str, list[papers.Paper]] = {}
    for found, pairs in ((by_identity, named), (by_title, titled)):
        for name, number in sorted(set(pairs)):
            found.setdefault(name, []).append(held[number])
    return by_identity, by_title


# --- days ------------------------------------------------------------------------------------


class Dated(msgspec.Struct, frozen=True):
    """A paper by its number, with what lists of days are made by."""

    id: int
    day: datetime.date | None
    public_id: str
    categories: tuple[str, ...] = ()


def latest_day() -> datetime.date | None:
    """The latest day that has papers, today's at the most."""
    days = Paper.objects.filter(day__lte=today()).order_by("-day")
    return days.values_list("day", flat=True).first()


def days_around(
    first: datetime.date, last: datetime.date
) -> tuple[datetime.date | None, datetime.date | None]:
    """The nearest days before and after some days that have papers, today at the most: bad input
    has days of the future. One query."""
    before = Paper.objects.filter(day__lt=first).order_by("-day").values("day")[:1]
    after = Paper.objects.filter(day__gt=last, day__lte=today()).order_by("day").values("day")[:1]
    return Catalog.objects.values_list(Subquery(before), Subquery(after)).get()


def dated(
    first: datetime.date, last: datetime.date, *, categories: bool = True
) -> list[Dated]:
    """The papers of some days, with or without their categories. One query."""
    chosen = Paper.objects.filter(day__range=(first, last)).exclude(status="removed")
    columns = ["id", "day", "public_id"]
    if not categories:
        return [Dated(*row, ()) for row in chosen.values_list(*columns).iterator()]
    # As text: of thousands of rows Django's own reading of JSON takes longer than all the rest.
    rows = chosen.values_list(*columns, Cast("categories", TextField()))
    return [Dated(*row[:3], _categories(row[3])) for row in rows.iterator()]


def dated_among(ids: Collection[int]) -> list[Dated]:
    """Some papers, as `dated` gives them. One query."""
    columns = ("id", "day", "public_id", "categories", "status")
    held = Paper.objects.filter(id__in=ids).values_list(*columns)
    return [Dated(*row[:3], tuple(row[3])) for row in held if row[4] != "removed"]


def counts_of_days(first: datetime.date, last: datetime.date) -> dict[datetime.date, int]:
    """How many papers each of some days has; none is left out. One query."""
    held = Paper.objects.filter(day__range=(first, last)).exclude(status="removed")
    return dict(held.order_by().values_list("day").annotate(count=Count("id")))


def announced(day: datetime.date, category: str) -> dict[str, list[Dated]]:
    """What arXiv listed in a category on a day: ``new``, ``cross`` and ``replace``, the newest
    first. Three queries.

    A new paper, one that is of that day, stands in the list of its first category, and as a
    cross-list in those of its others.
    """
    new = {paper.id: paper for paper in dated(day, day)}
    held = Announcement.objects.filter(day=day, category__in=[category, ""])
    kinds = dict(held.values_list("paper_id", "kind").order_by("-kind"))  # cross over replace
    others = {paper.id: paper for paper in dated_among(kinds.keys() - new.keys())}
    found: dict[str, list[Dated]] = {kind: [] for kind in ("new", "cross", "replace")}
    for paper in sorted((new | others).values(), key=lambda p: p.public_id, reverse=True):
        if category in paper.categories:
            kind = kinds.get(paper.id, "new")
            first = paper.categories[0] == category
            found["cross" if kind == "new" and not first else kind].append(paper)
    return found


def today() -> datetime.date:
    """The day by UTC: bad input has days of the future."""
    return datetime.datetime.now(datetime.UTC).date()


# --- listings --------------------------------------------------------------------------------


def listings(limit: int = 500, period: Period | None = None) -> list[ListingInfo]:
    """Listings, those of a period first, then the latest dates, those without a year, those
    without a date.

    One query.
    """
    entries = ListingEntry.objects.filter(listing=OuterRef("pk")).order_by()
    counted = entries.values("listing").annotate(count=Count("id")).values("count")
    found = Listing.objects.annotate(count=Coalesce(Subquery(counted), 0))
    order = ["-date", "-id"]
    if period:
        days = (period.first.isoformat(), period.last.isoformat())
        order.insert(0, Case(When(date__range=days, then=0), default=1))
    return [_info(listing, listing.count) for listing in found.order_by(*order)[:limit]]


def listing(listing_slug: str) -> ListingInfo | None:
    """A listing by its address. Two queries."""
    found = Listing.objects.filter(slug=listing_slug).first()
    return found and _info(found, found.entries.count())


def entries(listing_id: int, limit: int, offset: int = 0) -> list[Entry]:
    """A listing's papers: by votes where its source shows them, else in its order.

    Three queries.
    """
    chosen = ListingEntry.objects.filter(listing=listing_id)
    ordered = chosen.order_by(F("votes").desc(nulls_last=True), "position", "id")
    held = list(ordered.values_list("paper_id", "votes", "comments")[offset : offset + limit])
    found = {paper.id: paper for paper in by_number([number for number, *_ in held])}
    return [
        Entry(paper=found[number], position=position, votes=votes, comments=comments)
        for position, (number, votes, comments) in enumerate(held, start=offset + 1)
        if number in found
    ]


def listings_of(paper_id: int) -> list[Place]:
    """The listings a paper is in, the latest first. One query."""
    held = ListingEntry.objects.filter(paper=paper_id).select_related("listing")
    return [
        Place(listing=_info(entry.listing), position=entry.position, votes=entry.votes)
        for entry in held.order_by("-listing__date", "-listing__id")
    ]


def _info(found: Listing, count: int = 0) -> ListingInfo:
    return ListingInfo(
        id=found.id, slug=found.slug, source=found.source, title=found.title, date=found.date,
        count=count,
    )  # fmt: skip


# --- changing one paper ----------------------------------------------------------------------


def edit(paper_id: int, values: dict) -> None:
    """Set fields of a paper by a moderator's hand: believed above every source from then on."""
    with transaction.atomic():
        log.lock()
        [paper] = rows.papers([paper_id])
        before = title_key(paper.title)
        origin = f"moderator@{datetime.datetime.now(datetime.UTC).date()}"
        for field, value in values.items():
            setattr(paper, field, value)
            told = "status" if field == "status_note" else field
            paper.origins = paper.origins | {told: origin}
        if paper.removed:
            merging.blank(paper)
            rows.delete(ListingEntry, "paper_id", [paper_id])
        rows.update_papers([paper])
        if before and title_key(paper.title) != before:
            rows.insert(FormerTitle, ("title_key", "paper_id"), [(before, paper_id)], new=True)
        if "authors" in values or paper.removed:
            rows.delete(Authorship, "paper_id", [paper_id])
            _ingest.write_authors([paper])
        log.append([(paper_id, log.kind(paper))])


def remove(paper_ids: Iterable[int]) -> None:
    """Take papers down: what is left of each is what it is called, so that it does not come back.

    A moderator can set its status back; sources then tell of it again.
    """
    with transaction.atomic():
        for paper_id in list(paper_ids):
            edit(paper_id, {"status": "removed"})


class AlreadyDecided(ValueError):
    """A moderator has decided about that pair before."""


def merge(pair_id: int, kept: int, by: str) -> papers.Paper:
    """Two papers of a pair are one work: make one part of that which is kept, and return it.

    Raises AlreadyDecided, and ValueError where the pair has no such paper.
    """
    with transaction.atomic():
        pair = _open_pair(pair_id)
        if kept not in (pair.first_id, pair.second_id):
            raise ValueError(f"paper {kept} is not one of the pair")
        other = pair.second if kept == pair.first_id else pair.first
        pair.merged, pair.first_id, pair.second = other.public_id, kept, None
        _decide(pair, PossibleDuplicate.Decision.SAME, by)
        _ingest.merge(kept, other.id)
        return next(iter(rows.papers([kept])))


def keep_apart(pair_id: int, by: str) -> None:
    """Two papers of a pair are two works, and stay so. Raises AlreadyDecided."""
    with transaction.atomic():
        _decide(_open_pair(pair_id), PossibleDuplicate.Decision.DIFFERENT, by)


def _open_pair(pair_id: int) -> PossibleDuplicate:
    log.lock()
    pair = PossibleDuplicate.objects.filter(pk=pair_id, decision="").first()
    if pair is None:
        raise AlreadyDecided("this was decided before, or one of the papers is gone")
    return pair


def _decide(pair: PossibleDuplicate, decision: str, by: str) -> None:
    pair.decision, pair.decided_by = decision, by[:150]
    pair.decided = datetime.datetime.now(datetime.UTC)
    pair.save()


# --- for the index ---------------------------------------------------------------------------


class Changes:
    """The change log as an index reads it (`papertide.search.catch_up.Changes`)."""

    last = staticmethod(log.last)
    oldest = staticmethod(log.oldest)
    after = staticmethod(log.after)
    count = staticmethod(count)

    def documents(self, ids: Iterable[int]) -> Iterator[Document]:
        ids = sorted(ids)
        for start in range(0, len(ids), 1000):
            yield from map(document, by_number(ids[start : start + 1000]))

    def all_documents(self) -> Iterator[Document]:
        at = 0
        while ids := list(
            Paper.objects.filter(id__gt=at).order_by("id").values_list("id", flat=True)[:1000]
        ):
            yield from map(document, by_number(ids))
            at = ids[-1]
