"""Searching: a query is read, asked of the indexes, and answered with papers and their snippets."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from papertide.papers import Paper, arxiv_id, doi
from papertide.reading.clean import clean
from papertide.results import Hit, Results
from papertide.search import snippets, tree
from papertide.search.engine import Candidates, document
from papertide.search.finder import DUPLICATE, Finder
from papertide.search.hybrid import spoken
from papertide.search.query import Mode, Query, parse
from papertide.search.rescore import Rescorer

if TYPE_CHECKING:  # Django is to be set up before it is imported
    from types import ModuleType


class Searcher:
    """Searches the catalogue of some `services` by the indexes of a finder."""

    def __init__(self, services: "ModuleType", finder: Finder, rescorer: Rescorer | None):
        self._services, self._finder, self._rescorer = services, finder, rescorer

    def search(
        self, text: str, conditions: tree.Tree | None, limit: int, offset: int, by_date: bool,
        mode: Mode,
    ) -> Results:  # fmt: skip
        """See `Library.search`; `conditions` are what a form adds to the text."""
        started = time.perf_counter()
        query = parse(text)
        asked = tree.every(query.tree, conditions)
        named = self._named(query, conditions)
        if asked is None and text.strip():  # nothing of it could be understood
            found = Candidates(ids=[], scores=[], total=0)
            papers: list[Paper] = []
        else:
            # The paper that is named comes first; what follows it is found without it.
            others = asked if named is None else tree.every(asked, tree.Not(_only(named)))
            before = offset if named is None else max(0, offset - 1)
            found, papers = self._found(
                self._with_votes(others), limit, before, by_date=by_date, mode=mode
            )
        scores = dict(zip(found.ids, found.scores, strict=True))
        if named and offset == 0:
            papers = [named, *papers][:limit]
            scores[named.id] = max(scores.values(), default=0.0) + 1.0
        terms = self._finder.words.terms(query.tree)
        results = _results(text, papers, scores, found.total + bool(named), started, terms)
        results.mistakes = list(query.mistakes)
        results.notice = found.notice
        results.by_date = by_date or not tree.sought(asked)
        return results

    def count(self, asked: tree.Tree | None) -> int:
        """How many papers match a tree, by its words and conditions."""
        return self._finder.find(self._with_votes(asked), mode="words", limit=1).total

    def similar(
        self, papers: Iterable[Paper], limit: int, text: str, duplicates: bool
    ) -> Results:
        """See `Library.similar`."""
        started = time.perf_counter()
        given = list(papers)
        found = self._finder.similar([paper.id for paper in given], clean(text), limit=limit)
        scores = dict(zip(found.ids, found.scores, strict=True))
        if duplicates:
            scores = {i: score for i, score in scores.items() if score >= DUPLICATE}
        shown = "; ".join([*(paper.readable_title for paper in given), *filter(None, [text[:80]])])
        near = self._services.by_number(list(scores))
        results = _results(f"like {shown}", near, scores, len(near), started)
        results.notice = found.notice
        return results

    def _found(
        self, asked: tree.Tree | None, limit: int, offset: int, *, by_date: bool, mode: Mode
    ) -> tuple[Candidates, list[Paper]]:
        """Candidates of a page and their papers; the first are ranked again by a stronger model,
        where that pays."""
        again = self._rescorer and mode == "hybrid" and spoken(asked) and not by_date
        if not again or offset >= self._rescorer.first:
            found = self._finder.find(
                asked, mode=mode, limit=limit, offset=offset, by_date=by_date
            )
            return found, self._services.by_number(found.ids)
        page = slice(offset, offset + limit)
        found = self._finder.find(asked, limit=max(self._rescorer.first, offset + limit))
        notice = found.notice
        pays = self._rescorer.worthwhile(found)
        papers = {
            paper.id: paper
            for paper in self._services.by_number(found.ids if pays else found.ids[page])
        }
        if pays:
            first = [document(papers[i]) for i in found.ids[: self._rescorer.first] if i in papers]
            found = self._rescorer.rank(spoken(asked), found, first)
        found = Candidates(
            ids=found.ids[page], scores=found.scores[page], total=found.total, notice=notice
        )
        return found, [papers[i] for i in found.ids if i in papers]

    def _with_votes(self, asked: tree.Tree | None) -> tree.Tree | None:
        """A tree with the papers of so many votes in the place of votes, which no index knows."""

        def looked_up(leaf: tree.Tree) -> tree.Tree:
            if not isinstance(leaf, tree.Voted):
                return leaf
            if leaf.least > 0:
                return tree.Among(self._services.voted(leaf.least, leaf.most))
            # Those without any votes are no list: all but those with more.
            more = frozenset() if leaf.most is None else self._services.voted(leaf.most + 1)
            return tree.Not(tree.Among(more))

        return tree.replaced(asked, looked_up)

    def _named(self, query: Query, conditions: tree.Tree | None) -> Paper | None:
        """The paper whose id, DOI or whole title a query is, where that is more than words: the
        title "Learning What NOT to Count" asks for papers without "to". Conditions hold for it."""
        text = query.text.strip()
        if arxiv_id(text) or doi(text):
            found = self._services.find(text)
        else:
            plain = query.tree is None or tree.plain(query.tree) == query.tree
            found = None if plain and not query.mistakes else self._services.titled(text)
        if found is None or found.removed:
            return None
        if conditions and not self._finder.find(tree.every(_only(found), conditions)).total:
            return None
        return found


def _only(paper: Paper) -> tree.Among:
    return tree.Among(frozenset([paper.id]))


def _results(
    text: str, papers: list[Paper], scores: dict[int, float], total: int, started: float,
    terms: frozenset[str] = frozenset(),
) -> Results:  # fmt: skip
    hits = [
        Hit(
            paper=paper,
            score=scores[paper.id],
            title=snippets.mark(paper.title, terms),
            snippet=snippets.snippet(paper.abstract or paper.description, terms),
        )
        for paper in papers
    ]
    elapsed = (time.perf_counter() - started) * 1000
    return Results(query=text, hits=hits, total=total, milliseconds=elapsed)
