"""Records in: each merged into the paper it is, in short transactions, with its change logged."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, count, islice

import msgspec
from django.db import DataError, IntegrityError, transaction

from papertide import merging, papers
from papertide.papers import ListingPlace, Record, author_slug, full_date, title_key
from papertide.site.catalog import duplicates, log, places, rows, signals
from papertide.site.catalog.duplicates import Pairs
from papertide.site.catalog.models import (
    Announcement,
    Author,
    Authorship,
    Change,
    FormerTitle,
    Identity,
    ListingEntry,
    Paper,
    Redirect,
)

BATCH_ROWS, BATCH_CHARACTERS = 1000, 4_000_000  # under 200 ms of the write lock
_RULES = {"arxiv": "arXiv id", "doi": "DOI"}
_OTHERS = 20  # papers of its title that a record is compared with; "Editorial" has thousands


class Counts(msgspec.Struct):
    """What became of records: of papers not seen before, with news of a known one, or neither.

    `told` counts those that were not in vain by the day that they hold for (`Record.as_of`),
    `found` the known ones by the rule that found them. `absorbed` papers turned out to be part of
    another; `queued` pairs may be one work, which moderators decide.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    told: Counter[str] = msgspec.field(default_factory=Counter)
    found: Counter[str] = msgspec.field(default_factory=Counter)
    absorbed: int = 0
    queued: int = 0

    def add(self, other: "Counts") -> None:
        self.new += other.new
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.told.update(other.told)
        self.found.update(other.found)
        self.absorbed += other.absorbed
        self.queued += other.queued


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


def merge(kept: int, other: int) -> None:
    """Make a stored paper part of another one, in the current transaction, under the lock."""
    batch = _Batch([])
    batch.papers.update({paper.id: paper for paper in rows.papers([kept, other])})
    batch.absorb(batch.papers[kept], batch.papers[other])
    batch.write()


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
        self.redirected: dict[str, int] = {}  # earlier public id -> paper id
        self.absorbed: dict[int, int] = {}  # paper id -> the paper it is now
        self.gone: list[int] = []  # those of the absorbed that are stored
        self.pairs = Pairs(self.papers)
        self.places: list[tuple[ListingPlace, int]] = []
        self.announced: list[tuple[papers.Announcement, int]] = []

    def run(self) -> Counts:
        self._load()
        self.ids = iter(rows.new_ids(Paper, len(self.records)))
        counts = Counts()
        for record, key in zip(self.records, self.keys, strict=True):
            found, rule = self._find(record, key)
            if found is None and _nameless(record.paper, key):
                counts.unchanged += 1
                continue
            if found is None:
                found = self._add(record, key)
                counts.new += 1
                counts.told[record.as_of] += 1
                self._doubt_named(found)
            else:
                counts.found[rule] += 1
                doubles, record = self._doubles(found, record)
                before = title_key(found.title)
                fields = self._merge(found, merging.merge(found, record))
                self._remember_titles(found, {before, key})
                for other in doubles:
                    found = self._unite(found, other)
                if fields - {"origins"}:
                    counts.changed += 1
                    counts.told[record.as_of] += 1
                else:
                    counts.unchanged += 1
            found = self._settle_title(found, key)
            if record.listing:
                self.places.append((record.listing, found.id))
            if record.announcements:
                self.announced += [(held, found.id) for held in record.announcements]
        counts.absorbed = len(self.absorbed)
        counts.queued = self.write()
        return counts

    # --- finding -----------------------------------------------------------------------------

    def _load(self) -> None:
        """All papers that share an identity or a title key with a record: seven queries."""
        names = {name for record in self.records for name in record.paper.identities}
        matches = rows.select(Identity, ("paper_id", "name"), "name", names)
        keys = {key for key, r in zip(self.keys, self.records, strict=True) if not r.paper.removed}
        keys.discard("")  # that of removed papers
        titled = rows.select(Paper, ("id", "title_key"), "title_key", keys)
        titled += rows.select(FormerTitle, ("paper_id", "title_key"), "title_key", keys)
        wanted = {papers.public_id(r.paper) for r in self.records if not r.paper.arxiv}
        redirects = rows.select(Redirect, ("paper_id", "public_id"), "public_id", wanted)
        self.redirected = {held: paper_id for paper_id, held in redirects}
        for paper in rows.papers({paper_id for paper_id, _ in matches + titled + redirects}):
            self.papers[paper.id] = paper
        for paper_id, name in matches:
            self.by_identity[name].append(paper_id)
        for paper_id, key in titled:
            self.by_key[key].append(paper_id)
        held = rows.select(Paper, ("public_id",), "public_id", wanted)
        self.taken = {*self.redirected, *(public_id for (public_id,) in held)}

    def _held(self, ids: Iterable[int]) -> list[papers.Paper]:
        if self.absorbed:
            ids = dict.fromkeys(self.absorbed.get(i, i) for i in ids)
        return [self.papers[i] for i in ids]

    def _find(self, record: Record, key: str) -> tuple[papers.Paper | None, str]:
        """The paper a record is, and the rule that found it: by arXiv id, by another identity, by
        title and authors."""
        paper = record.paper
        if paper.arxiv and (held := self._held(self.by_identity.get(f"arxiv:{paper.arxiv}", ()))):
            return held[0], "arXiv id"
        for name in paper.identities:
            held = [
                other
                for other in self._held(self.by_identity.get(name, ()))
                if not merging.two_works(paper, other)
            ]
            if len(held) > 1:
                titled = [other for other in held if key and title_key(other.title) == key]
                held = titled or [other for other in held if merging.same_by_text(paper, other)]
            if len(held) == 1:
                return held[0], _RULES.get(name.partition(":")[0], "another id")
        if not key or paper.removed:
            return None, ""
        if not (held := self._held(self.by_key.get(key, ()))):
            return None, ""
        found = merging.choose(paper, held) or self._merged_before(paper, held)
        return found, merging.title_rule(paper, found) if found else ""

    def _merged_before(
        self, paper: papers.Paper, candidates: list[papers.Paper]
    ) -> papers.Paper | None:
        """Of candidates that which absorbed the paper that a record without an identity made."""
        if paper.identities:
            return None
        made = papers.public_id(paper)
        number = self.redirected.get(made)
        for other in candidates:
            if other.id == self.absorbed.get(number, number):
                same = merging.same_by_title(paper, other) or duplicates.merged_by_hand(made)
                return other if same else None
        return None

    # --- one work that was stored as two -----------------------------------------------------

    def _doubles(
        self, found: papers.Paper, record: Record
    ) -> tuple[list[papers.Paper], Record]:
        """Further papers that a record names and that are the one it is for certain.

        What is uncertain is for moderators, and until then the other paper's names stay its own:
        a notice about one must not lose its way, or reach the wrong one.
        """
        said = record.paper
        ids = {i for name in said.identities for i in self.by_identity.get(name, ())}
        if ids <= {found.id}:
            return [], record
        others = [other for other in self._held(ids) if other is not found]
        named = [other for other in others if not merging.two_works(found, other)]
        doubles = [
            other
            for other in named
            if (
                merging.same_by_text(found, other)
                or (merging.same_by_text(found, said) and merging.same_by_text(said, other))
            )
            and not self.pairs.apart(found, other)
        ]
        if any(merging.two_works(*pair) for pair in combinations(doubles, 2)):
            doubles = []
        doubtful = [other for other in named if all(other is not double for double in doubles)]
        for other in doubtful[: duplicates.A_RECORD]:
            self.pairs.note(found, other, f"A record of {record.source} has ids of both")
        theirs = {name for other in doubtful for name in other.identities}
        theirs |= {n for p in others for n in p.identities if n.startswith(merging.OWN_IDS)}
        theirs -= {name for double in doubles for name in double.identities}
        if not theirs.isdisjoint(said.identities):
            kept = [n for n in said.identities if n not in theirs or n in found.identities]
            said = msgspec.structs.replace(said, identities=kept)
            record = msgspec.structs.replace(record, paper=said)
        return doubles, record

    def _doubt_named(self, new: papers.Paper) -> None:
        """Let moderators look at a new paper whose ids several papers have."""
        ids = {i for name in new.identities for i in self.by_identity.get(name, ())}
        if len(ids) > 1:
            others = [p for p in self._held(ids) if p is not new and not merging.two_works(new, p)]
            for other in others[: duplicates.A_RECORD]:
                self.pairs.note(new, other, "Several papers have one id")

    def _settle_title(self, found: papers.Paper, key: str) -> papers.Paper:
        """Merge papers of one title that can be no others, and let moderators look at the rest.

        The paper that is left of the one given.
        """
        ids = self.by_key.get(key, ()) if key else ()
        if len(ids) < 2 or found.removed:
            return found
        others = (p for p in self._held(ids) if p is not found and not merging.two_works(found, p))
        common = len(ids) > duplicates.A_RECORD + 1  # "Editorial" says nothing
        for other in list(islice(others, _OTHERS)):
            same = self._held(ids)
            if not other.removed and _only_each_other(found, other, same):
                if not self.pairs.apart(found, other):
                    found = self._unite(found, other)
            elif not common and (reason := merging.doubt(found, other)):
                self.pairs.note(found, other, reason)
        return found

    def _unite(self, one: papers.Paper, other: papers.Paper) -> papers.Paper:
        """Make two papers one: that which is on arXiv, else the older."""
        kept, gone = sorted((one, other), key=lambda paper: (not paper.arxiv, paper.id))
        self.absorb(kept, gone)
        return kept

    def absorb(self, kept: papers.Paper, gone: papers.Paper) -> None:
        before = title_key(kept.title)
        self._merge(kept, merging.absorb(kept, gone))
        self._remember_titles(kept, {before, title_key(gone.title)})
        for old, new in self.absorbed.items():
            if new == gone.id:
                self.absorbed[old] = kept.id
        self.absorbed[gone.id] = kept.id
        if self.new.pop(gone.id, None) is None:
            self.gone.append(gone.id)
        self._redirect(gone.public_id, kept.id)

    def _redirect(self, public_id: str, paper_id: int) -> None:
        self.redirects.append((public_id, paper_id))
        self.redirected[public_id] = paper_id

    # --- changing ----------------------------------------------------------------------------

    def _add(self, record: Record, key: str) -> papers.Paper:
        paper = merging.new_paper(record)
        paper.public_id = self._free(paper)
        paper.id = next(self.ids)
        self.papers[paper.id] = self.new[paper.id] = paper
        if key:
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
                self._redirect(paper.public_id, paper.id)
                paper.public_id = better
        if fields:
            self.changed[paper.id] |= fields
        return fields

    def _remember_titles(self, paper: papers.Paper, keys: set[str]) -> None:
        """Let a paper be found by the titles it had or was called by, besides its own."""
        own = title_key(paper.title)
        for key in (keys | {own}) - {""}:
            if paper.id not in self.by_key[key]:
                self.by_key[key].append(paper.id)
        self.former += [(key, paper.id) for key in keys - {own, ""}]

    def _identify(self, paper: papers.Paper, names: Iterable[str]) -> None:
        for name in names:
            if paper.id not in self.by_identity[name]:
                self.by_identity[name].append(paper.id)
                self.identities.append((name, paper.id))

    # --- writing -----------------------------------------------------------------------------

    def write(self) -> int:
        """Write all that changed; how many pairs of possible duplicates are new."""
        changed = [
            self.papers[i] for i in self.changed if i not in self.new and i not in self.absorbed
        ]
        self._remove_absorbed()
        rows.insert(Paper, rows.WRITTEN, map(rows.to_row, self.new.values()))
        rows.update_papers(changed)
        names = [(name, i) for name, i in self.identities if i not in self.absorbed]
        rows.insert(Identity, ("name", "paper_id"), names, new=True)
        redirects = [(held, self.absorbed.get(i, i)) for held, i in self.redirects]
        redirects = [(held, i) for held, i in redirects if self.papers[i].public_id != held]
        rows.insert(Redirect, ("public_id", "paper_id"), redirects, new=True)
        former = sorted({(key, self.absorbed.get(i, i)) for key, i in self.former})
        rows.insert(FormerTitle, ("title_key", "paper_id"), former, new=True)
        reordered = [paper for paper in changed if "authors" in self.changed[paper.id]]
        rows.delete(Authorship, "paper_id", [paper.id for paper in reordered])
        write_authors([*self.new.values(), *reordered])
        self._announce()
        placed = [(place, self.absorbed.get(i, i)) for place, i in self.places]
        places.write([(place, i) for place, i in placed if not self.papers[i].removed])
        rows.delete(ListingEntry, "paper_id", [paper.id for paper in changed if paper.removed])
        told = [p for p in changed if self.changed[p.id] - {"origins"}]
        log.append(
            [(paper.id, log.kind(paper)) for paper in (*self.new.values(), *told)]
            + [(paper_id, Change.Kind.DELETED) for paper_id in self.absorbed]
        )
        return self.pairs.write(self.absorbed)

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
        for old in self.gone:
            new = self.absorbed[old]
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
            duplicates.move(old, new)
            signals.absorbed.send(sender=Paper, old=old, new=new)
            Paper.objects.filter(id=old).delete()


def _nameless(paper: papers.Paper, key: str) -> bool:
    """Whether a record makes no paper: a notice has no title, and says something of papers that
    are here. What arXiv deleted has none either: it is kept, to be known when it comes."""
    if not paper.title:
        return not (paper.removed and paper.arxiv)
    return not key and not paper.identities  # "?!" would be another paper each time


def _only_each_other(one: papers.Paper, other: papers.Paper, same: list[papers.Paper]) -> bool:
    """Whether two of the papers of a title are the same work, and no third could be either."""
    return merging.same_by_title(one, other) and all(
        merging.choose(paper, [p for p in same if p is not paper]) is double
        for paper, double in ((one, other), (other, one))
    )


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
