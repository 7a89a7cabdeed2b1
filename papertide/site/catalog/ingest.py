"""Records in: each merged into the paper it is, in short transactions, with its change logged."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count

import msgspec
from django.db import DataError, IntegrityError, transaction
from django.db.models import Max

from papertide import papers
from papertide.papers import ListingPlace, Record, author_slug, full_date, slug, title_key
from papertide.site.catalog import log, rows, signals
from papertide.site.catalog.models import (
    Announcement,
    Author,
    Authorship,
    Change,
    FormerTitle,
    Identity,
    Listing,
    ListingEntry,
    Paper,
    Redirect,
)

BATCH_ROWS, BATCH_CHARACTERS = 1000, 4_000_000  # under 200 ms of the write lock


class Counts(msgspec.Struct):
    """What became of records: of papers not seen before, with news of a known one, or neither.

    `told` counts those that were not in vain by the day that they hold for (`Record.as_of`).
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    told: Counter[str] = msgspec.field(default_factory=Counter)

    def add(self, other: "Counts") -> None:
        self.new += other.new
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.told.update(other.told)


def batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Records in batches that one short transaction can take."""
    batch: list[Record] = []
    size = 0
    for record in records:
        batch.append(record)
        size += len(record.paper.abstract) + 50 * len(record.paper.authors)
        if len(batch) >= BATCH_ROWS or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def ingest(
    batch: Sequence[Record], on_bad: Callable[[Record, str], None] | None = None
) -> Counts:
    """Merge a batch of records into the catalogue in one transaction, all or nothing.

    With `on_bad`, a batch that the database refuses is gone through one by one, and what is
    wrong with a record that it refuses is told: one bad row never stops the good ones.
    """
    try:
        with transaction.atomic():
            log.lock()
            return _Batch(batch).run()
    except (DataError, IntegrityError, TypeError, ValueError) as error:
        if on_bad is None:
            raise
        if len(batch) == 1:
            on_bad(batch[0], f"cannot be stored: {error}")
            return Counts()
    counts = Counts()
    for record in batch:
        counts.add(ingest([record], on_bad))
    return counts


class _Batch:
    """The papers that one batch may touch, and what is to be written of them."""

    def __init__(self, records: Sequence[Record]):
        self.records = records
        self.keys = [title_key(record.paper.title) for record in records]
        self.papers: dict[int, papers.Paper] = {}
        self.by_identity: dict[str, list[int]] = defaultdict(list)
        self.by_key: dict[str, list[int]] = defaultdict(list)
        self.new: dict[int, papers.Paper] = {}
        self.changed: dict[int, set[str]] = defaultdict(set)  # paper id -> fields
        self.identities: list[tuple[str, int]] = []
        self.redirects: list[tuple[str, int]] = []
        self.former: list[tuple[str, int]] = []  # title keys
        self.absorbed: dict[int, int] = {}  # paper id -> the paper it is now
        self.places: list[tuple[ListingPlace, int]] = []
        self.announced: list[tuple[papers.Announcement, int]] = []

    def run(self) -> Counts:
        self._load()
        self.ids = iter(rows.new_ids(Paper, len(self.records)))
        counts = Counts()
        for record, key in zip(self.records, self.keys, strict=True):
            found = self._find(record, key)
            if found is None:
                found = self._add(record, key)
                counts.new += 1
                counts.told[record.as_of] += 1
            else:
                before = title_key(found.title)
                fields = self._merge(found, papers.merge(found, record))
                self._remember_titles(found, {before, key})
                self._absorb_doubles(found, record, key)
                if fields - {"origins"}:
                    counts.changed += 1
                    counts.told[record.as_of] += 1
                else:
                    counts.unchanged += 1
            if record.listing:
                self.places.append((record.listing, found.id))
            if record.announcements:
                self.announced += [(held, found.id) for held in record.announcements]
        self._write()
        return counts

    # --- finding -----------------------------------------------------------------------------

    def _load(self) -> None:
        """All papers that share an identity or a title key with a record: seven queries."""
        names = {name for record in self.records for name in record.paper.identities}
        matches = rows.select(Identity, ("paper_id", "name"), "name", names)
        keys = {key for key, r in zip(self.keys, self.records, strict=True) if not r.paper.removed}
        titled = rows.select(Paper, ("id", "title_key"), "title_key", keys)
        titled += rows.select(FormerTitle, ("paper_id", "title_key"), "title_key", keys)
        for paper in load({paper_id for paper_id, _ in matches + titled}):
            self.papers[paper.id] = paper
        for paper_id, name in matches:
            self.by_identity[name].append(paper_id)
        for paper_id, key in titled:
            self.by_key[key].append(paper_id)
        wanted = {papers.public_id(r.paper) for r in self.records if not r.paper.arxiv}
        self.taken = {
            held
            for model in (Paper, Redirect)
            for (held,) in rows.select(model, ("public_id",), "public_id", wanted)
        }

    def _held(self, ids: Iterable[int]) -> list[papers.Paper]:
        return [self.papers[i] for i in ids if i not in self.absorbed]

    def _find(self, record: Record, key: str) -> papers.Paper | None:
        """The paper a record is: by arXiv id, by another identity, by title and authors."""
        paper = record.paper
        if paper.arxiv and (held := self._held(self.by_identity.get(f"arxiv:{paper.arxiv}", ()))):
            return held[0]
        for name in paper.identities:
            held = [
                other
                for other in self._held(self.by_identity.get(name, ()))
                if not (paper.arxiv and other.arxiv)
            ]
            if len(held) > 1:
                held = [other for other in held if title_key(other.title) == key]
            if len(held) == 1:
                return held[0]
        if paper.removed:  # it says no title
            return None
        return papers.choose(paper, self._held(self.by_key.get(key, ())))

    def _absorb_doubles(self, found: papers.Paper, record: Record, key: str) -> None:
        """Merge papers without an arXiv id that this record shows to be the same work."""
        same_title = [] if found.removed else self._held(self.by_key.get(key, ()))
        for other in [
            other
            for other in same_title
            if other is not found and not other.arxiv and found.arxiv
            # only where it could be no other than this one
            and papers.choose(other, [p for p in same_title if p is not other]) is found
        ]:
            self._merge(found, papers.absorb(found, other))
            self._remember_titles(found, {title_key(other.title)})
            self.absorbed[other.id] = found.id
            self.redirects.append((other.public_id, found.id))

    # --- changing ----------------------------------------------------------------------------

    def _add(self, record: Record, key: str) -> papers.Paper:
        paper = papers.new_paper(record)
        paper.public_id = self._free(paper)
        paper.id = next(self.ids)
        self.papers[paper.id] = self.new[paper.id] = paper
        self.by_key[key].append(paper.id)
        self._identify(paper, paper.identities)
        return paper

    def _free(self, paper: papers.Paper) -> str:
        """The paper's public id, or that with a number behind it where another paper has it."""
        chosen = paper.public_id
        if not paper.arxiv:
            numbers = count(2)
            while chosen in self.taken:
                chosen = f"{paper.public_id}-{next(numbers)}"
            self.taken.add(chosen)
        return chosen

    def _merge(self, paper: papers.Paper, fields: set[str]) -> set[str]:
        if "identities" in fields:
            self._identify(paper, paper.identities)
            better = papers.public_id(paper)
            if paper.arxiv and better != paper.public_id:
                self.redirects.append((paper.public_id, paper.id))
                paper.public_id = better
        if fields:
            self.changed[paper.id] |= fields
        return fields

    def _remember_titles(self, paper: papers.Paper, keys: set[str]) -> None:
        """Let a paper be found by the titles it had or was called by, besides its own."""
        own = title_key(paper.title)
        for key in keys | {own}:
            if paper.id not in self.by_key[key]:
                self.by_key[key].append(paper.id)
        self.former += [(key, paper.id) for key in keys - {own, ""}]

    def _identify(self, paper: papers.Paper, names: Iterable[str]) -> None:
        for name in names:
            if paper.id not in self.by_identity[name]:
                self.by_identity[name].append(paper.id)
                self.identities.append((name, paper.id))

    # --- writing -----------------------------------------------------------------------------

    def _write(self) -> None:
        changed = [
            self.papers[i] for i in self.changed if i not in self.new and i not in self.absorbed
        ]
        self._remove_absorbed()
        rows.insert(Paper, rows.WRITTEN, map(rows.to_row, self.new.values()))
        rows.update_papers(changed)
        rows.insert(Identity, ("name", "paper_id"), self.identities, new=True)
        rows.insert(Redirect, ("public_id", "paper_id"), self.redirects, new=True)
        former = sorted({(key, self.absorbed.get(i, i)) for key, i in self.former})
        rows.insert(FormerTitle, ("title_key", "paper_id"), former, new=True)
        reordered = [paper for paper in changed if "authors" in self.changed[paper.id]]
        rows.delete(Authorship, "paper_id", [paper.id for paper in reordered])
        write_authors([*self.new.values(), *reordered])
        self._announce()
        places = [(place, self.absorbed.get(i, i)) for place, i in self.places]
        _write_places([(place, i) for place, i in places if not self.papers[i].removed])
        rows.delete(ListingEntry, "paper_id", [paper.id for paper in changed if paper.removed])
        told = [p for p in changed if self.changed[p.id] - {"origins"}]
        log.append(
            [(paper.id, log.kind(paper)) for paper in (*self.new.values(), *told)]
            + [(paper_id, Change.Kind.DELETED) for paper_id in self.absorbed]
        )

    def _announce(self) -> None:
        announced = {
            (self.absorbed.get(i, i), held.day, held.kind, held.category): None
            for held, i in self.announced
            if full_date(held.day)
        }
        columns = ("paper_id", "day", "kind", "category")
        rows.insert(Announcement, columns, announced, new=True)

    def _remove_absorbed(self) -> None:
        """Papers stored before that are now part of another: what points at them moves there."""
        for old, new in self.absorbed.items():
            if self.new.pop(old, None):
                self.identities = [(name, i) for name, i in self.identities if i != old]
                continue
            Redirect.objects.filter(paper_id=old).update(paper_id=new)
            titles = FormerTitle.objects.filter(paper_id=old).values_list("title_key", flat=True)
            self.former += [(key, new) for key in titles]
            there = ListingEntry.objects.filter(paper_id=new).values_list("listing_id", flat=True)
            moved = ListingEntry.objects.filter(paper_id=old).exclude(listing_id__in=list(there))
            moved.update(paper_id=new)
            announced = Announcement.objects.filter(paper_id=old)
            self.announced += [
                (papers.Announcement(day=str(day), kind=kind, category=category), new)
                for day, kind, category in announced.values_list("day", "kind", "category")
            ]
            signals.absorbed.send(sender=Paper, old=old, new=new)
            Paper.objects.filter(id=old).delete()


def load(ids: Iterable[int]) -> Iterator[papers.Paper]:
    """Papers by their numbers, in no order: two queries."""
    ids = list(ids)
    names: dict[int, list[str]] = {i: [] for i in ids}
    for _, paper_id, name in sorted(
        rows.select(Identity, ("id", "paper_id", "name"), "paper_id", ids)
    ):
        names[paper_id].append(name)
    for row in rows.select(Paper, rows.COLUMNS, "id", ids):
        yield rows.from_row(row, names[row[0]])


def write_authors(written: Sequence[papers.Paper]) -> None:
    """Make the authorship rows of papers that have none."""
    slugs = [[author_slug(name) for name in paper.authors] for paper in written]
    names: dict[str, str] = {}
    for paper, theirs in zip(written, slugs, strict=True):
        names.update((s, n) for s, n in zip(theirs, paper.authors, strict=True) if s not in names)
    known = dict(rows.select(Author, ("slug", "id"), "slug", names))
    missing = [item for item in names.items() if item[0] not in known]
    added = rows.new_ids(Author, len(missing)) if missing else []
    rows.insert(
        Author, ("id", "slug", "name"),
        [(i, s, name) for i, (s, name) in zip(added, missing, strict=True)],
    )  # fmt: skip
    known.update((s, i) for i, (s, _) in zip(added, missing, strict=True))
    rows.insert(
        Authorship, ("paper_id", "author_id", "position"),
        [
            (paper.id, known[author], position)
            for paper, theirs in zip(written, slugs, strict=True)
            for position, author in enumerate(theirs, start=1)
        ],
    )  # fmt: skip


def _write_places(places: list[tuple[ListingPlace, int]]) -> None:
    by_listing: dict[str, list[tuple[ListingPlace, int]]] = defaultdict(list)
    for place, paper_id in places:
        by_listing[place.key].append((place, paper_id))
    for placed in by_listing.values():
        listing = _listing(placed[0][0])
        numbers = [paper_id for _, paper_id in placed]
        held = ListingEntry.objects.filter(listing=listing, paper_id__in=numbers)
        entries = {entry.paper_id: entry for entry in held}
        before = {paper_id: (entry.votes, entry.comments) for paper_id, entry in entries.items()}
        following = count(1 + (listing.entries.aggregate(last=Max("position"))["last"] or 0))
        for place, paper_id in placed:
            if paper_id not in entries:
                position = place.position or next(following)
                entries[paper_id] = ListingEntry(paper_id=paper_id, position=position)
            # Counts of votes and comments only grow; which import came last says nothing.
            entry = entries[paper_id]
            entry.votes = _greater(entry.votes, place.votes)
            entry.comments = _greater(entry.comments, place.comments)
        rows.insert(
            ListingEntry, ("listing_id", "paper_id", "position", "votes", "comments"),
            [
                (listing.id, entry.paper_id, entry.position, entry.votes, entry.comments)
                for entry in entries.values() if entry.id is None
            ],
        )  # fmt: skip
        rows.update(
            ListingEntry, ("votes", "comments"),
            [
                (entry.votes, entry.comments, entry.id)
                for entry in entries.values()
                if entry.id is not None and before[entry.paper_id] != (entry.votes, entry.comments)
            ],
        )  # fmt: skip


def _listing(place: ListingPlace) -> Listing:
    words = [place.source, place.date.strip("-")]
    if place.source == "saved-page":  # two searches of one day are two listings
        words.append(place.key.rpartition(":")[2][:6])
    listing, _ = Listing.objects.get_or_create(
        key=place.key,
        defaults={
            "slug": slug(" ".join(words)),
            "source": place.source,
            "title": place.title,
            "date": place.date,
        },
    )
    if listing.date.startswith("--") and place.date[:1].isdigit():
        # the same page again, now with its year
        Listing.objects.filter(id=listing.id).update(date=place.date)
    return listing


def _greater(held: int | None, given: int | None) -> int | None:
    return held if given is None else given if held is None else max(held, given)
