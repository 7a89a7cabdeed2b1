"""The facade: all that scripts, notebooks, the command line and the site ask of Papertide.

    import papertide
    library = papertide.open_library("~/papers")
    library.import_files(["page.txt"])
    for hit in library.search("learning from preferences").hits:
        print(hit.score, hit.paper.title)

This module alone sets Django up, for one data folder a process.
"""

import asyncio
import datetime
import functools
import itertools
import logging
import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from filelock import FileLock

from papertide import config, embedding
from papertide.harvest import Harvester, mail_alarms
from papertide.importing import Importer
from papertide.papers import Paper, author_slug, full_date
from papertide.results import (
    Harvested,
    Imported,
    IndexStatus,
    Matched,
    NotFound,
    OneIndex,
    OnProgress,
    Progress,
    Results,
    SourceStatus,
)
from papertide.search import renewal as renewals
from papertide.search import tree
from papertide.search.catch_up import Caught
from papertide.search.engine import Document, Facets, SearchUnavailable
from papertide.search.finder import Finder
from papertide.search.popularity import Popularity
from papertide.search.query import Mode, Sort, parse
from papertide.search.rescore import open_rescorer
from papertide.search.why import Why
from papertide.searching import Searcher
from papertide.sources import files, landmarks, libraries, zotero
from papertide.sources.base import Rejection, SourceError
from papertide.sources.http import Fetcher

if TYPE_CHECKING:  # Django is to be set up before it is imported
    from papertide.site.catalog.services import Changes, DayInfo, Entry, ListingInfo, Place
    from papertide.site.readers.searches import SearchInfo
    from papertide.site.readers.seen import ReaderState
    from papertide.site.readers.services import Kept

log = logging.getLogger(__name__)

_Method = TypeVar("_Method", bound=Callable)


def _with_database(method: _Method) -> _Method:
    """Run a method where Django's database may be used.

    Django refuses synchronous queries in a thread with a running event loop, as every cell of
    a Jupyter notebook is; there the work is done on the library's own thread.
    """

    @functools.wraps(method)
    def run(self, *arguments, **named):
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return method(self, *arguments, **named)
        return self._thread.submit(method, self, *arguments, **named).result()

    return run


class Library:
    """The papers of one data folder. Make it with `open_library`."""

    def __init__(self, folder: Path):
        from papertide.site.catalog import services
        from papertide.site.readers import searches, seen
        from papertide.site.readers import services as readers

        self.folder = folder
        self._services = services
        self._readers = readers
        self._searches = searches
        self._seen = seen
        self._thread = ThreadPoolExecutor(1, "papertide-library")

    def __repr__(self) -> str:
        return f"<Library {self.folder}: {self.count()} papers>"

    @functools.cached_property
    def finder(self) -> Finder:
        """The indexes, and the model of the settings, opened when first needed."""
        url = config.load().search_url
        folder, catalog = self.folder / "index", self._services.catalog_uuid()
        return Finder(folder, catalog, _model, _former, url)

    @functools.cached_property
    def _searcher(self) -> Searcher:
        settings = config.load()
        rescorer = settings.rescorer and open_rescorer(
            settings.rescorer, self.finder.folder, settings.rescorer_key
        )
        return Searcher(self._services, self.finder, self._popularity, rescorer or None)

    @functools.cached_property
    def _popularity(self) -> Popularity:
        return Popularity(self._services.liked)

    @property
    def _changes(self) -> "Changes":
        """The change log. Not for everybody: it asks the database in the thread it is used in."""
        return self._services.Changes()

    # --- finding -----------------------------------------------------------------------------

    @_with_database
    def search(
        self,
        text: str,
        limit: int = 20,
        *,
        offset: int = 0,
        categories: Iterable[str] = (),
        sources: Iterable[str] = (),
        since: datetime.date | None = None,
        until: datetime.date | None = None,
        has: Iterable[str] = (),
        sort: Sort = "relevance",
        mode: Mode = "hybrid",
        where: tree.Tree | None = None,
        typing: bool = False,
        as_typed: bool = False,
        explain: bool = False,
    ) -> Results:
        """Find papers by words and meaning together, or by one of the two (`mode`).

        A text may say more than words (docs/search.md); the other arguments are further
        conditions, `where` any tree. What is wrong in a text is left out and among the results'
        `mistakes`. An arXiv id, a DOI or a whole title finds its paper first. A text without words
        finds all that it lets through, newest first. By "votes" and by what is "rising", papers
        that have no votes follow, newest first. Where nothing is found and words seem misspelt, the
        results are those of the text as it may be meant, unless it is to be taken `as_typed`; while
        `typing`, the last word may only have begun. With `explain` each hit says why it was found.

        Where an index cannot answer, the database does, by the very words alone, and the results'
        `notice` says so; raises SearchUnavailable where it takes too long, or where meaning alone
        is asked.
        """
        conditions = tree.every(tree.narrow(categories, sources, since, until, has), where)
        return self._searcher.search(
            text, conditions, limit, offset, sort=sort, mode=mode, typing=typing,
            as_typed=as_typed, explain=explain,
        )  # fmt: skip

    @_with_database
    def matching(
        self,
        text: str,
        *,
        categories: Iterable[str] = (),
        sources: Iterable[str] = (),
        since: datetime.date | None = None,
        until: datetime.date | None = None,
        has: Iterable[str] = (),
        where: tree.Tree | None = None,
    ) -> int:
        """How many papers a search finds by words alone. Raises SearchUnavailable."""
        conditions = tree.every(tree.narrow(categories, sources, since, until, has), where)
        return self._searcher.matching(text, conditions)

    @_with_database
    def why(
        self,
        text: str,
        paper: str | Paper,
        *,
        categories: Iterable[str] = (),
        sources: Iterable[str] = (),
        since: datetime.date | None = None,
        until: datetime.date | None = None,
        has: Iterable[str] = (),
        sort: Sort = "relevance",
        mode: Mode = "hybrid",
    ) -> Why:
        """Why a search finds a paper: the words it has, how near it is in meaning, what else lifts
        it. Raises NotFound for an unknown paper, and SearchUnavailable."""
        found = paper if isinstance(paper, Paper) else self.paper(paper)
        conditions = tree.narrow(categories, sources, since, until, has)
        return self._searcher.why(text, found, conditions, sort, mode)

    @_with_database
    def facets(
        self,
        text: str,
        most: int = 10,
        *,
        categories: Iterable[str] = (),
        sources: Iterable[str] = (),
        since: datetime.date | None = None,
        until: datetime.date | None = None,
        has: Iterable[str] = (),
        where: tree.Tree | None = None,
    ) -> Facets:
        """How many of all papers that a search finds by words have each year, category, source,
        and code or the like. Years, categories and sources are counted as if none of their own
        kind were chosen: what else one could choose. Raises SearchUnavailable."""
        conditions = {"categories": tuple(categories), "sources": tuple(sources),
                      "since": since, "until": until, "has": tuple(has)}  # fmt: skip
        return self._searcher.facets(text, conditions, where, most)

    @_with_database
    def similar(
        self,
        papers: str | Paper | Iterable[str | Paper] = (),
        limit: int = 10,
        *,
        text: str = "",
        duplicates: bool = False,
    ) -> Results:
        """Papers like a paper, like several, or like a pasted text; scores are cosines.

        `papers` are papers, or identifiers as for `paper`. With `duplicates`, only those that
        say almost the same. Raises NotFound for an unknown paper.
        """
        held = [papers] if isinstance(papers, str | Paper) else papers
        given = [one if isinstance(one, Paper) else self.paper(one) for one in held]
        return self._searcher.similar(given, limit, text, duplicates)

    @_with_database
    def paper(self, identifier: str) -> Paper:
        """The paper of a public id, arXiv id, DOI, or a link to one; raises NotFound."""
        paper = self._services.find(identifier.strip())
        if paper is None:
            raise NotFound(f"no paper {identifier!r} here")
        return paper

    @_with_database
    def count(self) -> int:
        """How many papers there are."""
        return self._services.count()

    def documents(self) -> Iterator[Document]:
        """All papers as a search engine holds them, read a thousand at a time."""
        documents = self._changes.all_documents()
        while batch := self._next(documents):
            yield from batch

    @_with_database
    def _next(self, documents: Iterator[Document]) -> list[Document]:
        return list(itertools.islice(documents, 1000))

    def bibtex(self, paper: Paper) -> str:
        """The BibTeX entry of a paper."""
        from papertide.site.catalog.bibtex import entry

        return entry(paper)

    # --- lists -------------------------------------------------------------------------------

    @_with_database
    def latest_day(self) -> datetime.date | None:
        """The latest day up to today that has papers; None where there is none."""
        return self._services.latest_day()

    @_with_database
    def day(self, day: datetime.date) -> "DayInfo":
        """A day, its neighbours and its count."""
        return self._services.day_info(day)

    @_with_database
    def day_papers(
        self, day: datetime.date, limit: int = 50, offset: int = 0, *, category: str = ""
    ) -> list[Paper]:
        """The papers of a day, all or of one category."""
        return self._services.day_papers(day, limit, offset, category)

    @_with_database
    def listings(self, limit: int = 500) -> "list[ListingInfo]":
        """The listings, latest first."""
        return self._services.listings(limit)

    @_with_database
    def listing(self, slug: str) -> "ListingInfo":
        """A listing by its address; raises NotFound."""
        found = self._services.listing(slug)
        if found is None:
            raise NotFound(f"no listing {slug!r} here")
        return found

    @_with_database
    def entries(self, listing_id: int, limit: int = 50, offset: int = 0) -> "list[Entry]":
        """The papers of a listing in its order."""
        return self._services.entries(listing_id, limit, offset)

    @_with_database
    def listings_of(self, paper: Paper) -> "list[Place]":
        """The listings a paper is in, each with its position."""
        return self._services.listings_of(paper.id)

    @_with_database
    def author(self, slug: str, limit: int = 50, offset: int = 0) -> tuple[str, list[Paper], int]:
        """An author's name, papers newest first, and their number; raises NotFound."""
        name = self._services.author_name(slug)
        if name is None:
            raise NotFound(f"no author {slug!r} here")
        return (name, *self._services.author_papers(slug, limit, offset))

    @_with_database
    def authors_near(self, name: str, limit: int = 3) -> list[str]:
        """Names of authors near to one that no paper bears."""
        return self._services.authors_near(author_slug(name), limit)

    # --- what readers keep -------------------------------------------------------------------

    @_with_database
    def save(self, reader: str, identifier: str) -> str:
        """Keep a paper for a reader, named by a key, and return the key: a new one where nobody
        has it. Raises NotFound, and TooMany (`papertide.site.readers.services`)."""
        return self._readers.save(reader, self.paper(identifier).id)

    @_with_database
    def unsave(self, reader: str, identifier: str) -> None:
        """Let a kept paper go; raises NotFound."""
        self._readers.unsave(reader, self.paper(identifier).id)

    @_with_database
    def saved(self, reader: str, limit: int = 50, offset: int = 0) -> tuple[list[Paper], int]:
        """The papers a reader keeps, those saved last first, and their number."""
        return self._readers.saved(reader, limit, offset)

    @_with_database
    def saved_among(self, reader: str, paper_ids: Iterable[int]) -> set[int]:
        """Those of some papers (their numbers) that a reader keeps."""
        return self._readers.saved_among(reader, list(paper_ids))

    @_with_database
    def keep_matched(self, reader: str, found: Matched) -> "Kept":
        """Save the papers that `match_entries` found in a reader's own library, and keep the
        entries whose papers are not here. Raises TooMany."""
        return self._readers.keep(reader, [*found.matched, *found.unmatched])

    @_with_database
    def unmatched(
        self, reader: str, limit: int = 50, offset: int = 0
    ) -> tuple[list[tuple[libraries.LibraryEntry, str]], int]:
        """The entries of a reader's library without a paper here, each with the reason."""
        return self._readers.unmatched(reader, limit, offset)

    @_with_database
    def match_again(self, reader: str) -> "Kept":
        """Look again for the papers of a reader's unmatched entries."""
        entries, _ = self._readers.unmatched(reader, self._readers.MOST_SAVED)
        return self.keep_matched(reader, self._matched(entry for entry, _ in entries))

    @_with_database
    def forget_unmatched(self, reader: str) -> None:
        """Let a reader's unmatched entries go."""
        self._readers.forget_unmatched(reader)

    # --- saved searches ----------------------------------------------------------------------

    @_with_database
    def searches(self, reader: str | None = None, *, counted: bool = True) -> "list[SearchInfo]":
        """The searches that a reader keeps by name, then the library's own; without a reader, the
        latter alone. With how many papers each finds that came since it was last looked at, for
        the library's own since the reader's last visit. One index search each.
        """
        found = self._searches.searches(reader)
        if counted and found:
            shared = reader is not None and not all(one.own for one in found)
            state = self._seen.state(reader) if shared else None
            for one in found:
                self._count_new(one, reader, state)
        return found

    def _count_new(
        self, one: "SearchInfo", reader: str | None, state: "ReaderState | None"
    ) -> None:
        """Of the library's own, what is new is what is new to the reader, if that is known."""
        if reader is not None and not one.own:
            if state is None or state.before_number is None:
                return
            one.number, one.looked = state.before_number, state.before_at
        asked = tree.every(parse(one.query).tree, one.condition, one.fresh)
        if one.own and one.form.hide_seen:
            seen = self._seen.seen(reader, after=one.number)
            asked = tree.every(asked, tree.Not(tree.Among(seen)))
        one.new = self._searcher.count(asked)

    @_with_database
    def saved_search(self, which: int | str, reader: str | None = None) -> "SearchInfo":
        """A saved search by its number, the reader's or one of the library's own, or by its name
        among those of its owner; with how many are new. Raises NotFound."""
        by_name = isinstance(which, str)
        find = self._searches.named if by_name else self._searches.search
        found = find(which, reader)
        if found is None:
            raise NotFound(f"no saved search {which!r} here")
        shared = reader is not None and not found.own
        self._count_new(found, reader, self._seen.state(reader) if shared else None)
        return found

    @_with_database
    def save_search(
        self, asked: str, name: str = "", *, newest: int | None = None, reader: str | None = None
    ) -> tuple[str | None, int]:
        """Keep a search for a reader, or (None) for all as the library's own, and return the
        reader's key, a new one where nobody has it, and the number of the search.

        `asked` is what an address of the search page has after its question mark, such as
        ``q=graphs&category=cs.LG``; an empty name is proposed. What comes after the paper of
        number `newest`, by default from now on, is new. The same again changes nothing.
        Raises Refused.
        """
        return self._searches.save(reader, name, asked, self._at_most_newest(newest))

    @_with_database
    def change_search(
        self,
        number: int,
        *,
        name: str | None = None,
        asked: str | None = None,
        reader: str | None = None,
    ) -> None:
        """Rename a saved search, or let it ask something else. Raises NotFound, Refused."""
        if not self._searches.change(reader, number, name=name, asked=asked):
            raise NotFound(f"no saved search {number} of yours here")

    @_with_database
    def remove_search(self, number: int, *, reader: str | None = None) -> "SearchInfo":
        """Let a saved search go; returns what it was. Raises NotFound."""
        found = self._searches.remove(reader, number)
        if found is None:
            raise NotFound(f"no saved search {number} of yours here")
        return found

    @_with_database
    def looked_at(
        self,
        numbers: Iterable[int] | None = None,
        *,
        newest: int | None = None,
        reader: str | None = None,
    ) -> None:
        """Note that saved searches (None: all of the reader, or of the library) were looked at;
        `newest` is the number of the newest paper that was there then."""
        self._searches.looked(reader, self._at_most_newest(newest), numbers)

    @_with_database
    def run_search(
        self, search: "SearchInfo", limit: int = 20, *, offset: int = 0, new: bool = False,
        after: int | None = None, reader: str | None = None,
    ) -> Results:  # fmt: skip
        """What a saved search finds; with `new`, what came since it was last looked at and has all
        of its words; with `after`, what came since the paper of that number, newest first. Without
        what the reader has seen, where it says so."""
        form = search.form
        since = search.number if after is None else after
        where = self._searches.fresh(search.query, since) if new or after is not None else None
        if form.hide_seen and reader:
            where = tree.every(where, tree.Not(tree.Among(self._seen.seen(reader))))
        sort = form.sort if after is None else "date"
        return self.search(
            form.q, limit, offset=offset, where=where, sort=sort, **form.conditions
        )

    # --- what readers saw --------------------------------------------------------------------

    @_with_database
    def newest(self) -> int:
        """The number of the newest paper that searches find; papers that come later have greater
        ones."""
        return self._newest()

    def _newest(self) -> int:
        return self.finder.newest(self._services.last_number())

    def _at_most_newest(self, number: int | None) -> int:
        there = self._newest()
        return there if number is None else min(number, there)

    @_with_database
    def reader(self, reader: str) -> "ReaderState | None":
        """What pages need to know of a reader; None where the key is nobody's."""
        return self._seen.state(reader)

    @_with_database
    def remember(self, reader: str) -> str:
        """From now on remember what a reader looks at, and return their key: a new one where
        nobody has it."""
        return self._seen.remember(reader, self._newest())

    @_with_database
    def forget(self, reader: str, *, stop: bool = False) -> None:
        """Forget what a reader has seen; with `stop` their visits too, and remember no more."""
        self._seen.forget(reader, stop=stop)

    @_with_database
    def visit(self, reader: str, *, opened: str = "", caught_up: bool = False) -> None:
        """A reader is here, and maybe opened a paper, or has seen all that is new so far. Nothing
        is kept of one who did not ask for it. Raises NotFound."""
        state = self._seen.state(reader)
        if state is None or not state.remembers:
            return
        if opened:
            self._seen.see(reader, [self.paper(opened).id])
        (self._seen.catch_up if caught_up else self._seen.visit)(reader, self._newest())

    @_with_database
    def see(self, reader: str, identifiers: Iterable[str], *, seen: bool = True) -> None:
        """A reader has seen some papers, or has not after all. Raises NotFound."""
        mark = self._seen.see if seen else self._seen.unsee
        mark(reader, [self.paper(one).id for one in identifiers])

    @_with_database
    def seen(self, reader: str) -> frozenset[int]:
        """The numbers of the papers a reader has seen."""
        return self._seen.seen(reader)

    @_with_database
    def seen_count(self, reader: str) -> int:
        """How many papers are remembered as seen by a reader."""
        return self._seen.seen_count(reader)

    @_with_database
    def seen_among(self, reader: str, paper_ids: Iterable[int]) -> set[int]:
        """Those of some papers (their numbers) that a reader has seen."""
        return self._seen.seen_among(reader, list(paper_ids))

    @_with_database
    def count_after(self, number: int, most: int) -> int:
        """How many papers came after one of that number, `most` at the most."""
        return len(self._services.numbers_after(number, most))

    # --- bringing papers in ------------------------------------------------------------------

    @_with_database
    def import_files(
        self,
        paths: Iterable[str | Path],
        *,
        year: int | None = None,
        on_progress: OnProgress = None,
    ) -> Imported:
        """Bring in files of papers, recognised by their content; ``-`` is standard input.

        `year` completes the dates of saved pages. Rejected rows are written, with line and
        reason, to a file of the data folder. Returns when all is searchable; a file that
        cannot be read to its end is among the `problems`, what stood before it is kept.
        """
        done = self._importer.import_files(paths, year, on_progress)
        self._follow(on_progress)
        return done

    @_with_database
    def match_entries(self, held: str | Path | bytes) -> Matched:
        """Which papers here the entries of a reader's library are: of a file, or of its bytes.

        BibTeX, RIS, CSL-JSON, Zotero's items; by id, DOI, then title and authors. Nothing is
        stored. What cannot be read is among `rejected`, and `problem` says why not all was read.
        """
        return self._matched(files.entries(held))

    @_with_database
    def match_zotero(self, owner: str, key: str = "") -> Matched:
        """The same for a library of Zotero's web API, ``users/123`` or ``groups/123``.

        `key` is its owner's, with the right to read. Raises SourceError.
        """
        settings = config.load()
        base = settings.source_urls.get("zotero", zotero.BASE)
        held = zotero.library(Fetcher(self.folder, settings.contact), owner, key, base=base)
        return self._matched(held.entries)

    def _matched(self, entries: Iterable[libraries.LibraryEntry | Rejection]) -> Matched:
        done = Matched()

        def find(identities: Collection[str], title_keys: Collection[str]) -> libraries.Candidates:
            return libraries.Candidates(*self._services.candidates(identities, title_keys))

        def read() -> Iterator[libraries.LibraryEntry | Rejection]:
            try:
                yield from entries
            except SourceError as error:
                done.problem = str(error)

        for one in libraries.match(read(), find):
            if isinstance(one, Rejection):
                done.rejected.append(one)
            else:
                (done.matched if one.paper else done.unmatched).append(one)
        return done

    @_with_database
    def add_landmarks(self) -> Imported:
        """Bring in the landmarks sample."""
        done = self._importer.add(landmarks.records())
        self._follow(slow=False)  # `up` shows them at once
        return done

    @_with_database
    def harvest(
        self,
        names: Iterable[str] = (),
        *,
        since: datetime.date | None = None,
        until: datetime.date | None = None,
        dry_run: bool = False,
        on_progress: OnProgress = None,
    ) -> list[Harvested]:
        """Harvest sources by their names, by default those of the settings, each to its end.

        Each goes on where it ended last, or reads again from `since`, which does not move the place
        where it goes on later; `until` ends those by OAI-PMH with a day. With `dry_run` nothing is
        kept. An error of one source does not stop the others; raises SourceError where there is no
        source of a name.
        """
        done = self._harvester.harvest(
            names, since=since, until=until, dry_run=dry_run, on_progress=on_progress
        )
        if not dry_run:
            self._follow(on_progress)
        return done

    @_with_database
    def sources(self) -> list[SourceStatus]:
        """How the sources fare, and the alarms about them."""
        return self._harvester.status()

    @_with_database
    def possible_duplicates(self) -> int:
        """How many pairs of papers that may be one work wait for a moderator."""
        return self._services.possible_duplicates()

    @property
    def _importer(self) -> Importer:
        return Importer(self.folder)

    @property
    def _harvester(self) -> Harvester:
        return Harvester(self.folder, config.load())

    # --- the index ---------------------------------------------------------------------------

    @_with_database
    def catch_up(
        self, on_progress: OnProgress = None, *, slow: bool = True, patience: float = -1
    ) -> dict[str, Caught]:
        """Bring the indexes up to date with the catalogue; waits while another process does, for
        the one that embeds `patience` seconds at the most (-1: for ever).

        Where a model cannot be asked just now, what it has to embed waits for the next time;
        without `slow`, so does all that a slow model has to embed.
        """
        caught = self.finder.catch_up(
            self._changes, _indexing(on_progress), slow=slow, patience=patience
        )
        self._popularity.forget()
        self._note_positions()
        return caught

    def _follow(
        self, on_progress: OnProgress = None, *, slow: bool = True, patience: float = -1
    ) -> None:
        """Bring the indexes up to date where they can be reached: papers are stored either way,
        and an index takes them in with the next catch-up."""
        try:
            self.catch_up(on_progress, slow=slow, patience=patience)
        except SearchUnavailable as error:
            log.warning("Stored, but not indexed yet: %s", error)

    @_with_database
    def rebuild_index(self, on_progress: OnProgress = None) -> dict[str, Caught]:
        """Make the indexes anew; searches are answered from the old ones meanwhile."""
        with self._log_kept():
            caught = self.finder.rebuild(self._changes, _indexing(on_progress))
        self._note_positions(only=True)
        return caught

    @_with_database
    def migrate_index(self, on_progress: OnProgress = None) -> dict[str, Caught]:
        """Move the indexes into the Milvus of PAPERTIDE_SEARCH_URL, or make them anew there:
        from the catalogue, and the stored vectors where the model is the same. Searches go on in
        those there are; run again after a kill it goes on. Raises SearchUnavailable; ConfigError
        without the setting."""
        if self.finder.server is None:
            raise config.ConfigError("PAPERTIDE_SEARCH_URL is not set: there is nowhere to move to")
        note, report = self._services.note_reader, _indexing(on_progress)
        caught = self.finder.migrate(self._changes, note, report)
        self.catch_up(on_progress)
        return caught

    @_with_database
    def renew_vectors(self, on_progress: OnProgress = None) -> Caught | None:
        """Make the vectors of the model of the settings, where those in use are by another one,
        and switch to them; None where there is nothing to make.

        Searches are answered by the former ones meanwhile. Killed at any point, it goes on the
        next time. Raises Busy where another process is at it, Cancelled where somebody ends it
        (both SearchUnavailable), ModelError where the model fails.
        """
        if not self.finder.renewable():
            return None
        with self._log_kept():
            caught = self.finder.renew(self._changes, _indexing(on_progress))
        self._note_positions()
        return caught

    def renewal(self) -> renewals.Renewal | None:
        """How far vectors are that are being made; None where there are none to make."""
        return self.finder.renewal()

    def cancel_renewal(self) -> bool:
        """Take away vectors that are being made; whether there were any. Those in use stay."""
        return renewals.cancel(self.finder.folder)

    @contextmanager
    def _log_kept(self) -> Iterator[None]:
        """Keep the changes from now on in the log until new vectors have taken them in."""
        if not renewals.running_now(self.finder.folder):  # else it is kept from earlier on
            self._services.note_reader(renewals.READER, self._changes.last())
        try:
            yield
        finally:
            self._keep_log_no_longer()

    def _keep_log_no_longer(self) -> None:
        if not renewals.running_now(self.finder.folder):
            self._services.forget_reader(renewals.READER)

    def _note_positions(self, only: bool = False) -> None:
        """Let the log be kept for the indexes in use; with `only`, for no others.

        Indexes that were moved to Milvus are known there before the setting is: files go on
        being used until then, and forget nobody. What is left behind is made anew when needed.
        """
        if self._changes.last():
            for name, index in self.finder.readers.items():
                self._services.note_reader(name, index.position())
        if only or self.finder.server is not None:
            self._services.forget_readers({*self.finder.readers, renewals.READER})

    @_with_database
    def index_status(self) -> IndexStatus:
        """What the indexes hold and lack; raises SearchUnavailable where one cannot be read."""
        last = self._changes.last()
        each = {
            name: OneIndex(
                indexed=index.count(),
                behind=max(0, last - index.position()),
                bytes=index.size(),
            )
            for name, index in self.finder.indexes.items()
        }
        return IndexStatus(
            papers=self.count(),
            indexed=min(index.indexed for index in each.values()),
            behind=max(index.behind for index in each.values()),
            bytes=sum(index.bytes for index in each.values()),
            folder=self.finder.place,
            model=vectors.embedder.name if (vectors := self.finder.vectors) else "",
            indexes=each,
            renewal=self.finder.renewal(),
        )

    def database(self) -> str:
        """Which database is used, for people: its kind and where it is, no password."""
        from django.db import connection

        return f"{connection.vendor} {connection.settings_dict['NAME']}"

    @_with_database
    def tick(self, *, slow: bool = True) -> None:
        """Do all that is due, once; safe to run twice at once. Without `slow`, what takes long is
        left out: embedding by a slow model, vectors by another one."""
        harvester, settings = self._harvester, config.load()
        harvester.harvest_due()
        self._follow(slow=False)
        self._keep_log_no_longer()  # of a process that was killed
        self._services.prune_log()
        if settings.alarm_mail:
            mail_alarms(harvester.alarms(), settings.alarm_mail)
        if slow:  # by one process: another one's next minute does the rest above
            self._follow(patience=1)
            try:
                self.renew_vectors()
            except (renewals.Busy, renewals.Cancelled):
                pass
            except embedding.ModelError as error:
                log.warning("Vectors by another model wait: %s", error)

    @_with_database
    def _migrate(self) -> None:
        """Make or update the tables, one process at a time."""
        from django.core.management import call_command
        from django.db import connection
        from django.db.migrations.executor import MigrationExecutor

        with FileLock(self.folder / "migrate.lock"):
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                call_command("migrate", verbosity=0, interactive=False)

    def close(self) -> None:
        """Close the database; another folder can then be opened."""
        global _opened
        from django.db import connections

        def close_all() -> None:
            connections.close_all()

        finder = vars(self).get("finder")
        if finder is not None and finder.server is not None:
            finder.server.close()
        self._thread.submit(close_all).result()
        self._thread.shutdown()
        close_all()
        with _opening:
            _opened = None

    def __enter__(self) -> "Library":
        return self

    def __exit__(self, *_) -> None:
        self.close()


# --- opening ---------------------------------------------------------------------------------

_opening = threading.Lock()
_opened: Library | None = None


def open_library(folder: str | Path | None = None) -> Library:
    """The library of a data folder, made where there is none; by default that of the settings.

    One folder a process: opening the same one again gives the same library, another one needs
    `close()` first and raises RuntimeError before it.
    """
    global _opened
    with _opening:
        if _opened is not None:
            wanted = Path(folder).expanduser().resolve() if folder else _opened.folder
            if wanted != _opened.folder:
                raise RuntimeError(f"{_opened.folder} is open in this process; close() it first")
            return _opened
        if folder is not None:
            os.environ[f"{config.PREFIX}DATA"] = str(Path(folder).expanduser().resolve())
        settings = config.load()
        settings.data.mkdir(parents=True, exist_ok=True)
        _set_up_django(settings)
        library = Library(settings.data)
        library._migrate()
        _opened = library
        return library


def _set_up_django(settings: config.Config) -> None:
    import django
    from django.apps import apps

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "papertide.site.settings")
    if not apps.ready:
        django.setup()
        return
    from django.db import connections

    from papertide.site.settings import database

    # Set up before, maybe on another folder that was closed since.
    wanted = database(settings)
    if any(connections.settings["default"].get(name) != wanted[name] for name in wanted):
        connections.close_all()
        connections.settings["default"] = connections.configure_settings({"default": wanted})[
            "default"
        ]
        del connections["default"]


# --- helpers ---------------------------------------------------------------------------------


def _indexing(on_progress: OnProgress) -> Callable[[str, int, int], None] | None:
    if on_progress is None:
        return None
    return lambda name, done, total: on_progress(
        Progress(stage=f"indexing {name}", done=done, total=total)
    )


def _model() -> embedding.Embedder | None:
    settings = config.load()
    if settings.model == "none":
        return None
    return embedding.open_model(
        settings.model, settings.model_dimension, key=settings.model_key
    )


def _former(origin: str, dimension: int) -> embedding.Embedder:
    """The model that made vectors, as they remember it. The key is for the endpoint of the
    settings: another host does not see it."""
    settings = config.load()
    if not embedding.is_endpoint(origin):
        return embedding.open_model(origin, dimension)
    own = urlsplit(settings.model)[:2] == urlsplit(origin)[:2]
    return embedding.open_model(origin, key=settings.model_key if own else "")


def date_argument(text: str) -> datetime.date | None:
    """A full date from text such as 2025-03-17; raises ValueError on anything else but ""."""
    if not text:
        return None
    day = full_date(text)
    if day is None:
        raise ValueError(f"not a day such as 2025-03-17: {text[:20]!r}")
    return day
