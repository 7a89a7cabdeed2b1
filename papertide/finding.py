"""Finding papers: by words and meaning, why, what else there is, alike, as a map; a part of the
library."""

import functools
from collections.abc import Iterable
from typing import Unpack

from papertide import config
from papertide.mapping import Maps, week
from papertide.papers import Paper
from papertide.results import Results, TopicMap
from papertide.running import with_database
from papertide.search import tree
from papertide.search.engine import Facets
from papertide.search.popularity import Popularity
from papertide.search.query import Mode, Sort
from papertide.search.rescore import open_rescorer
from papertide.search.tree import Conditions
from papertide.search.why import Why
from papertide.searching import Searcher
from papertide.topics.drawing import MOST


class Finding:
    """The part of `library.Library` that finds papers."""

    @functools.cached_property
    def _searcher(self) -> Searcher:
        settings = config.load()
        rescorer = settings.rescorer and open_rescorer(
            settings.rescorer, self.finder.folder, settings.rescorer_key
        )
        return Searcher(
            self._services, self.finder, self._popularity, rescorer or None,
            self._curation.picked_by,
        )  # fmt: skip

    @functools.cached_property
    def _popularity(self) -> Popularity:
        return Popularity(self._services.liked)

    @with_database
    def search(
        self,
        text: str,
        limit: int = 20,
        *,
        offset: int = 0,
        sort: Sort = "relevance",
        mode: Mode = "hybrid",
        typing: bool = False,
        as_typed: bool = False,
        explain: bool = False,
        **conditions: Unpack[Conditions],
    ) -> Results:
        """Find papers by words and meaning together, or by one of the two (`mode`).

        A text may say more than words (docs/search.md); `conditions` are further ones. What is
        wrong in a text is left out and among the results' `mistakes`. An arXiv id, a DOI or a whole
        title finds its paper first. A text without words finds all that it lets through, newest
        first. By "votes" and by what is "rising", papers that have no votes follow, newest first.
        Where nothing is found and words seem misspelt, the results are those of the text as it may
        be meant, unless it is to be taken `as_typed`; while `typing`, the last word may only have
        begun. With `explain` each hit says why it was found.

        Where an index cannot answer, the database does, by the very words alone, and the results'
        `notice` says so; raises SearchUnavailable where it takes too long, or where meaning alone
        is asked.
        """
        return self._searcher.search(
            text, tree.narrow(**conditions), limit, offset, sort=sort, mode=mode, typing=typing,
            as_typed=as_typed, explain=explain,
        )  # fmt: skip

    @with_database
    def matching(
        self,
        text: str,
        **conditions: Unpack[Conditions],
    ) -> int:
        """How many papers a search finds by words alone. Raises SearchUnavailable."""
        return self._searcher.matching(text, tree.narrow(**conditions))

    @with_database
    def why(
        self,
        text: str,
        paper: str | Paper,
        *,
        sort: Sort = "relevance",
        mode: Mode = "hybrid",
        **conditions: Unpack[Conditions],
    ) -> Why:
        """Why a search finds a paper: the words it has, how near it is in meaning, what else lifts
        it. Raises NotFound for an unknown paper, and SearchUnavailable."""
        found = paper if isinstance(paper, Paper) else self.paper(paper)
        return self._searcher.why(text, found, tree.narrow(**conditions), sort, mode)

    @with_database
    def facets(
        self,
        text: str,
        most: int = 10,
        **conditions: Unpack[Conditions],
    ) -> Facets:
        """How many of all papers that a search finds by words have each year, category, source,
        and code or the like. Years, categories and sources are counted as if none of their own
        kind were chosen: what else one could choose. Raises SearchUnavailable."""
        return self._searcher.facets(text, conditions, most)

    @with_database
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

    @with_database
    def topic_map(
        self,
        text: str = "",
        *,
        most: int = MOST,
        by_date: bool = False,
        **conditions: Unpack[Conditions],
    ) -> TopicMap:
        """The papers that a search finds as a map: points by meaning, clusters, their names.

        The arguments are those of `search`; without any, the last week that has papers. At most
        `most` papers are drawn (5,000), the best, or the newest where no words are sought or
        `by_date`. Maps are kept: of the same papers the next one is there at once. Raises
        SearchUnavailable, and Busy (`papertide.topics.store`) while too many are being drawn.
        """
        where = tree.narrow(**conditions)
        if not text.strip() and where is None and (latest := self._services.latest_day()):
            since, until = week(latest)
            where = tree.narrow(since=since, until=until)
        return self._maps.of_search(text, where, min(most, MOST), by_date)

    @functools.cached_property
    def _maps(self) -> Maps:
        return Maps(self._services, self.finder, self._searcher, self.folder / "maps")
