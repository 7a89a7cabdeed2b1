"""The facade: all that scripts, notebooks, the command line and the site ask of Papertide.

    import papertide
    library = papertide.open_library("~/papers")
    library.import_files(["page.txt"])
    for hit in library.search("learning from preferences").hits:
        print(hit.score, hit.paper.title)

This module alone sets Django up, for one data folder a process.
"""

import datetime
import functools
import itertools
import logging
import os
import threading
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from papertide import config
from papertide.accounts import Accounts
from papertide.community import Community
from papertide.curation import Curation
from papertide.editions import Editions
from papertide.embedding import open_model
from papertide.finding import Finding
from papertide.harvest import Harvester, mail_alarms
from papertide.importing import Importer
from papertide.indexing import Indexer, open_finder
from papertide.papers import Paper, author_slug, full_date
from papertide.people import People
from papertide.readers import Readers
from papertide.results import (
    Harvested,
    Imported,
    IndexStatus,
    Matched,
    NotFound,
    OnProgress,
    SourceStatus,
)
from papertide.running import with_database
from papertide.schedule import Period
from papertide.search.catch_up import Caught
from papertide.search.engine import Document, SearchUnavailable
from papertide.search.finder import Finder
from papertide.search.renewal import Renewal
from papertide.sources import files, landmarks, libraries, zotero
from papertide.sources.base import Rejection, SourceError
from papertide.sources.http import Fetcher
from papertide.topics.store import Busy
from papertide.trending import Learnt, Trending, Trends, Window

if TYPE_CHECKING:  # Django is to be set up before it is imported
    from papertide.site.catalog.services import Changes, Entry, ListingInfo, Place

log = logging.getLogger(__name__)


class Library(Accounts, Community, Curation, Finding, Editions, People, Readers):
    """The papers of one data folder. Make it with `open_library`."""

    def __init__(self, folder: Path):
        from papertide.site.catalog import authors, services

        Accounts.__init__(self)
        Community.__init__(self)
        Editions.__init__(self)
        People.__init__(self)
        Readers.__init__(self)
        Curation.__init__(self)
        self.folder = folder
        self._services, self._authors = services, authors
        self._thread = ThreadPoolExecutor(1, "papertide-library")

    def __repr__(self) -> str:
        return f"<Library {self.folder}: {self.count()} papers>"

    @functools.cached_property
    def finder(self) -> Finder:
        """The indexes, and the model of the settings, opened when first needed."""
        return open_finder(self.folder / "index", self._services.catalog_uuid())

    @property
    def _changes(self) -> "Changes":
        """The change log. Not for everybody: it asks the database in the thread it is used in."""
        return self._services.Changes()

    # --- papers ----------------------------------------------------------------------------------

    @with_database
    def by_number(self, numbers: Iterable[int]) -> list[Paper]:
        """Papers by their numbers, in that order; those that are gone are left out."""
        return self._services.by_number(list(numbers))

    @with_database
    def paper(self, identifier: str) -> Paper:
        """The paper of a public id, arXiv id, DOI, or a link to one; raises NotFound."""
        paper = self._services.find(identifier.strip())
        if paper is None:
            raise NotFound(f"no paper {identifier!r} here")
        return paper

    @with_database
    def count(self) -> int:
        """How many papers there are."""
        return self._services.count()

    def documents(self) -> Iterator[Document]:
        """All papers as a search engine holds them, read a thousand at a time."""
        documents = self._changes.all_documents()
        while batch := self._next(documents):
            yield from batch

    @with_database
    def _next(self, documents: Iterator[Document]) -> list[Document]:
        return list(itertools.islice(documents, 1000))

    def bibtex(self, paper: Paper) -> str:
        """The BibTeX entry of a paper."""
        from papertide.site.catalog.bibtex import entry

        return entry(paper)

    # --- lists -------------------------------------------------------------------------------

    @with_database
    def latest_day(self) -> datetime.date | None:
        """The latest day up to today that has papers; None where there is none."""
        return self._services.latest_day()

    @with_database
    def listings(self, limit: int = 500, period: Period | None = None) -> "list[ListingInfo]":
        """The listings, those of a period first, then the latest."""
        return self._services.listings(limit, period)

    @with_database
    def listing(self, slug: str) -> "ListingInfo":
        """A listing by its address; raises NotFound."""
        found = self._services.listing(slug)
        if found is None:
            raise NotFound(f"no listing {slug!r} here")
        return found

    @with_database
    def entries(self, listing_id: int, limit: int = 50, offset: int = 0) -> "list[Entry]":
        """The papers of a listing in its order."""
        return self._services.entries(listing_id, limit, offset)

    @with_database
    def listings_of(self, paper: Paper) -> "list[Place]":
        """The listings a paper is in, each with its position."""
        return self._services.listings_of(paper.id)

    @with_database
    def author(
        self, slug: str, limit: int = 50, offset: int = 0, *, names: Collection[str] = ()
    ) -> tuple[str, list[Paper], int]:
        """An author's name, papers newest first, under all names that are known to be theirs
        (`names`, where they were asked for before), and their number; raises NotFound."""
        name = self._authors.author_name(slug)
        if name is None:
            raise NotFound(f"no author {slug!r} here")
        return (name, *self._authors.author_papers(names or self.same_author(slug), limit, offset))

    @with_database
    def authors_near(self, name: str, limit: int = 3) -> list[str]:
        """Names of authors near to one that no paper bears."""
        return self._authors.authors_near(author_slug(name), limit)

    # --- what is rising ----------------------------------------------------------------------

    @with_database
    def trending(
        self, window: Window = "week", limit: int = 20, offset: int = 0, *,
        on: datetime.date | None = None,
    ) -> Trending:  # fmt: skip
        """The hottest papers of those first listed in a day, a week or a month up to today, or up
        to a day: each with why, and with its forecast; and the topics that grow."""
        return self._trends.trending(window, on, limit, offset)

    @with_database
    def learn_trends(self) -> Learnt:
        """Learn forecasts and growing topics anew from all votes and papers; see docs/rising.md.
        Raises ModelError."""
        return self._trends.learn(open_model())

    @functools.cached_property
    def _trends(self) -> Trends:
        return Trends(self._services, self.folder)

    # --- bringing papers in ------------------------------------------------------------------

    @with_database
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

    @with_database
    def match_entries(self, held: str | Path | bytes) -> Matched:
        """Which papers here the entries of a reader's library are: of a file, or of its bytes.

        BibTeX, RIS, CSL-JSON, Zotero's items; by id, DOI, then title and authors. Nothing is
        stored. What cannot be read is among `rejected`, and `problem` says why not all was read.
        """
        return self._matched(files.entries(held))

    @with_database
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

    @with_database
    def add_landmarks(self) -> Imported:
        """Bring in the landmarks sample."""
        done = self._importer.add(landmarks.records())
        self._follow(slow=False)  # `up` shows them at once
        return done

    @with_database
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

    @with_database
    def sources(self) -> list[SourceStatus]:
        """How the sources fare, and the alarms about them."""
        return self._harvester.status()

    @with_database
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

    @with_database
    def catch_up(
        self, on_progress: OnProgress = None, *, slow: bool = True, patience: float = -1
    ) -> dict[str, Caught]:
        """Bring the indexes up to date with the catalogue; waits while another process does, for
        the one that embeds `patience` seconds at the most (-1: for ever).

        Where a model cannot be asked just now, what it has to embed waits for the next time;
        without `slow`, so does all that a slow model has to embed.
        """
        caught = self._indexer.catch_up(on_progress, slow=slow, patience=patience)
        self._popularity.forget()
        self._trends.forget()
        return caught

    def _follow(self, on_progress: OnProgress = None, **chosen: bool | float) -> None:
        """Bring the indexes up to date where they can be reached: papers are stored either way,
        and an index takes them in with the next catch-up."""
        try:
            self.catch_up(on_progress, **chosen)
        except SearchUnavailable as error:
            log.warning("Stored, but not indexed yet: %s", error)

    @with_database
    def rebuild_index(self, on_progress: OnProgress = None) -> dict[str, Caught]:
        """Make the indexes anew; searches are answered from the old ones meanwhile."""
        return self._indexer.rebuild(on_progress)

    @with_database
    def migrate_index(self, on_progress: OnProgress = None) -> dict[str, Caught]:
        """Move the indexes into the Milvus of PAPERTIDE_SEARCH_URL, or make them anew there:
        from the catalogue, and the stored vectors where the model is the same. Searches go on in
        those there are; run again after a kill it goes on. Raises SearchUnavailable; ConfigError
        without the setting."""
        return self._indexer.migrate(on_progress)

    @with_database
    def renew_vectors(self, on_progress: OnProgress = None) -> Caught | None:
        """Make the vectors of the model of the settings, where those in use are by another one,
        and switch to them; None where there is nothing to make.

        Searches are answered by the former ones meanwhile. Killed at any point, it goes on the
        next time. Raises Busy where another process is at it, Cancelled where somebody ends it
        (both SearchUnavailable), ModelError where the model fails.
        """
        return self._indexer.renew(on_progress)

    def renewal(self) -> Renewal | None:
        """How far vectors are that are being made; None where there are none to make."""
        return self.finder.renewal()

    def cancel_renewal(self) -> bool:
        """Take away vectors that are being made; whether there were any. Those in use stay."""
        return self._indexer.cancel_renewal()

    @with_database
    def index_status(self) -> IndexStatus:
        """What the indexes hold and lack; raises SearchUnavailable where one cannot be read."""
        return self._indexer.status()

    @property
    def _indexer(self) -> Indexer:
        return Indexer(self._services, self.finder)

    def database(self) -> str:
        """Which database is used, for people: its kind and where it is, no password."""
        from django.db import connection

        return f"{connection.vendor} {connection.settings_dict['NAME']}"

    @with_database
    def tick(self, *, slow: bool = True) -> None:
        """Do all that is due, once; safe to run twice at once. Without `slow`, what takes long is
        left out: embedding by a slow model, vectors by another one."""
        harvester, settings = self._harvester, config.load()
        harvester.harvest_due()
        self._follow(slow=False)
        self._indexer.keep_log_no_longer()  # of a process that was killed
        self._services.prune_log()
        self.prune_accounts()
        self.ask_sources_again()
        self.publish_due()
        if settings.alarm_mail:
            mail_alarms(harvester.alarms(), settings.alarm_mail)
        if slow:  # by one process: another one's next minute does the rest above
            self._follow(patience=1)
            self._trends.learn_if_due(open_model)
            self.join_names(seconds=20)
            self._indexer.renew_if_possible()
            with suppress(SearchUnavailable, Busy):
                self.topic_map()  # drawn ahead, so that no reader waits for that of the week

    @with_database
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


def date_argument(text: str) -> datetime.date | None:
    """A full date from text such as 2025-03-17; raises ValueError on anything else but ""."""
    if not text:
        return None
    day = full_date(text)
    if day is None:
        raise ValueError(f"not a day such as 2025-03-17: {text[:20]!r}")
    return day
