"""Searching: a query is read, asked of the indexes, and answered with papers and their snippets."""

import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from papertide import fallback
from papertide.papers import Paper, arxiv_id, doi
from papertide.reading.clean import clean
from papertide.results import Hit, Results
from papertide.search import snippets, tree
from papertide.search.engine import FACETS, Candidates, Facets, SearchUnavailable, counted, document
from papertide.search.finder import DUPLICATE, Finder
from papertide.search.hybrid import spoken
from papertide.search.lexical import MAX_LIMIT
from papertide.search.popularity import By, Popularity
from papertide.search.query import Mistake, Mode, Query, Sort, parse
from papertide.search.rescore import Rescorer
from papertide.search.spelling import corrected
from papertide.search.why import NAMED, Why, explain

if TYPE_CHECKING:  # Django is to be set up before it is imported
    from types import ModuleType

BY = get_args(By)
# The facets that are counted without what is chosen among them: any of these may hold.
_FACETS = {"years": ("since", "until"), "categories": ("categories",), "sources": ("sources",)}
_COUNTED = 2000  # papers that the database counts facets of


class Searcher:
    """Searches the catalogue of some `services` by the indexes of a finder; `picked_by` tells the
    papers that a curator picked, None where there is no such curator."""

    def __init__(
        self, services: "ModuleType", finder: Finder, popularity: Popularity,
        rescorer: Rescorer | None, picked_by: Callable[[str], frozenset[int] | None],
    ):  # fmt: skip
        self._services, self._finder, self._rescorer = services, finder, rescorer
        self._popularity, self._picked_by = popularity, picked_by

    def search(
        self, text: str, conditions: tree.Tree | None, limit: int, offset: int, *,
        mode: Mode = "hybrid", **chosen: Any,
    ) -> Results:  # fmt: skip
        """See `Library.search`; `conditions` are what a form adds to the text."""
        try:
            return self._search(text, conditions, limit, offset, mode=mode, **chosen)
        except SearchUnavailable as error:
            if mode == "meaning":
                raise
            if mode == "hybrid":
                with suppress(SearchUnavailable):
                    found = self._search(text, conditions, limit, offset, mode="words", **chosen)
                    found.notice = fallback.words_alone(error)
                    return found
            found = fallback.from_database(
                self._services, text, conditions, limit, offset, error, self._of_pick
            )
            found.mistakes = self._mistakes(parse(text))
            return found

    def _search(
        self, text: str, conditions: tree.Tree | None, limit: int, offset: int, *,
        sort: Sort = "relevance", mode: Mode = "hybrid", typing: bool = False,
        as_typed: bool = False, explain: bool = False,
    ) -> Results:  # fmt: skip
        started = time.perf_counter()
        query = parse(text)
        results = self._answer(query, conditions, limit, offset, sort, mode, explain)
        results.suggestion = self._suggestion(query, typing)
        if results.suggestion and not results.total and not as_typed:
            meant = parse(results.suggestion)
            found = self._answer(meant, conditions, limit, offset, sort, mode, explain)
            if found.total:
                results.hits, results.total, results.sort = found.hits, found.total, found.sort
                results.corrected = True
        results.milliseconds = (time.perf_counter() - started) * 1000
        return results

    def numbers(
        self, text: str, conditions: tree.Tree | None, limit: int, by_date: bool
    ) -> tuple[Candidates, list[Mistake]]:
        """The numbers of the papers that a search finds, the best or the newest ones, and what of
        its text is wrong. Raises SearchUnavailable: many papers are not read from the database."""
        query = parse(text)
        if query.tree is None and text.strip():
            return Candidates(ids=[], scores=[], total=0), list(query.mistakes)
        asked = self._looked_up(tree.every(query.tree, conditions))
        return self._finder.find(asked, limit=limit, by_date=by_date), self._mistakes(query)

    def matching(self, text: str, conditions: tree.Tree | None) -> int:
        """See `Library.matching`."""
        query = parse(text)
        if query.tree is None and text.strip():
            return 0
        return self.count(tree.every(query.tree, conditions))

    def why(
        self, text: str, paper: Paper, conditions: tree.Tree | None, sort: Sort, mode: Mode
    ) -> Why:
        """See `Library.why`."""
        results = self.search(text, conditions, 1, 0, sort=sort, mode=mode)
        query = parse(results.suggestion if results.corrected else text)
        named = self._named(query, conditions)
        return self._why(query, conditions, [paper], named, sort, mode)[0]

    def facets(self, text: str, conditions: tree.Conditions, most: int) -> Facets:
        """See `Library.facets`."""
        query = parse(text)
        if query.tree is None and text.strip():
            return Facets()
        conditions = {
            name: tuple(held) if name in ("categories", "sources", "has") else held
            for name, held in conditions.items()
        }
        asked = self._looked_up(tree.every(query.tree, conditions.pop("where", None)))
        found = self._counted(asked, tree.narrow(**conditions), most, FACETS)
        for name, fields in _FACETS.items():
            if any(conditions.get(field) for field in fields):
                # What is chosen narrows the other facets; beside it one sees what else there is.
                others = {key: held for key, held in conditions.items() if key not in fields}
                alone = self._counted(asked, tree.narrow(**others), most, [name])
                setattr(found, name, getattr(alone, name))
        return found

    def _counted(
        self, asked: tree.Tree | None, where: tree.Tree | None, most: int, only: Collection[str]
    ) -> Facets:
        """The facets of all that match; of the newest, where the engine cannot count."""
        words = self._finder.words
        found = words.facets(asked, where, most=most, only=only)
        if found is None:
            newest = words.words(asked, where, limit=_COUNTED, by_date=True)
            found = counted(self._services.Changes().documents(newest.ids), most=most, only=only)
            found.among = len(newest.ids) if newest.total > len(newest.ids) else 0
        return found

    def _answer(
        self, query: Query, conditions: tree.Tree | None, limit: int, offset: int, sort: Sort,
        mode: Mode, explain: bool,
    ) -> Results:  # fmt: skip
        asked = tree.every(query.tree, conditions)
        named = self._named(query, conditions)
        if asked is None and query.text.strip():  # nothing of it could be understood
            found = Candidates(ids=[], scores=[], total=0)
            papers: list[Paper] = []
        else:
            # The paper that is named comes first; what follows it is found without it.
            others = asked if named is None else tree.every(asked, tree.Not(_only(named)))
            before = offset if named is None else max(0, offset - 1)
            found, papers = self._found(
                self._looked_up(others), limit, before, sort=sort, mode=mode
            )
        scores = dict(zip(found.ids, found.scores, strict=True))
        if named and offset == 0:
            papers = [named, *papers][:limit]
            scores[named.id] = max(scores.values(), default=0.0) + 1.0
        hits = _hits(papers, scores, self._finder.words.terms(query.tree))
        if sort == "relevance" and not tree.sought(asked):
            sort = "date"
        if sort in BY:
            liked = self._popularity.of([hit.paper.id for hit in hits])
            for hit in hits:
                hit.votes = liked.get(hit.paper.id, (0, None))[0]
        if explain:
            told = self._why(query, conditions, [hit.paper for hit in hits], named, sort, mode)
            for hit, why in zip(hits, told, strict=True):
                hit.why = why
        return Results(
            query=query.text, hits=hits, total=found.total + bool(named), milliseconds=0.0,
            mistakes=self._mistakes(query), sort=sort, notice=found.notice,
        )  # fmt: skip

    def _why(
        self, query: Query, conditions: tree.Tree | None, papers: list[Paper],
        named: Paper | None, sort: Sort, mode: Mode,
    ) -> list[Why]:  # fmt: skip
        asked = self._looked_up(tree.every(query.tree, conditions))
        vectors = self._finder.vectors if sort == "relevance" else None
        told = explain(asked, list(map(document, papers)), self._finder.words, vectors, mode)
        liked = self._popularity.of([paper.id for paper in papers]) if sort in BY else {}
        for paper, why in zip(papers, told, strict=True):
            why.votes, why.stars = liked.get(paper.id, (None, None))
            if named and paper.id == named.id:
                why.boosts.append(NAMED)
        return told

    def _suggestion(self, query: Query, typing: bool) -> str:
        """The query as it may have been meant; empty where nothing seems misspelt."""
        words = self._finder.words
        if not tree.sought(query.tree) or arxiv_id(query.text) or doi(query.text):
            return ""
        vocabulary = words.vocabulary()
        if vocabulary is None:
            return ""

        def phrases(text: str) -> int:
            return words.words(tree.Words((tree.Phrase(text),)), limit=1).total

        return corrected(query, vocabulary, phrases, typing=typing)

    def count(self, asked: tree.Tree | None) -> int:
        """How many papers match a tree, by its words and conditions."""
        return self._finder.words.words(self._looked_up(asked), limit=1, by_date=True).total

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
        hits = _hits(self._services.by_number(list(scores)), scores)
        elapsed = (time.perf_counter() - started) * 1000
        return Results(
            query=f"like {shown}", hits=hits, total=len(hits), milliseconds=elapsed,
            notice=found.notice,
        )  # fmt: skip

    def _found(
        self, asked: tree.Tree | None, limit: int, offset: int, *, sort: Sort, mode: Mode
    ) -> tuple[Candidates, list[Paper]]:
        """Candidates of a page and their papers; the first are ranked again by a stronger model,
        where that pays."""
        if sort in BY:
            found = self._liked_first(asked, limit, offset, sort)
            return found, self._services.by_number(found.ids)
        by_date = sort == "date"
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

    def _liked_first(
        self, asked: tree.Tree | None, limit: int, offset: int, by: By
    ) -> Candidates:
        """A page of all that match: those with votes by these, behind them the others, the newest
        first. Scores are what orders them."""
        words, (papers, liked) = self._finder.words, self._popularity.order(by)
        ids, scores = [], []
        for start in range(0, len(papers), MAX_LIMIT):
            if len(ids) >= offset + limit:
                break
            part = papers[start : start + MAX_LIMIT]
            among = tree.Among(frozenset(part.tolist()))
            matching = words.words(asked, among, limit=MAX_LIMIT, by_date=True).ids
            kept = np.isin(part, matching)
            ids += part[kept].tolist()
            scores += liked[start : start + MAX_LIMIT][kept].tolist()
        page = slice(offset, offset + limit)
        ids, scores, before = ids[page], [float(one) for one in scores[page]], len(ids)
        if left := limit - len(ids):
            others = tree.Not(tree.Among(frozenset(papers.tolist())))
            start = max(0, offset - before)
            more = words.words(asked, others, limit=left, offset=start, by_date=True).ids
            ids, scores = ids + more, scores + [0.0] * len(more)
        total = words.words(asked, limit=1, by_date=True).total
        return Candidates(ids=ids, scores=scores, total=total)

    def _looked_up(self, asked: tree.Tree | None) -> tree.Tree | None:
        """A tree with the papers of so many votes in the place of votes, which no index knows, and
        so of picks."""

        def looked_up(leaf: tree.Tree) -> tree.Tree:
            if not isinstance(leaf, tree.Voted):
                return self._of_pick(leaf)
            if leaf.least > 0:
                return tree.Among(self._popularity.voted(leaf.least, leaf.most))
            # Those without any votes are no list: all but those with more.
            more = frozenset() if leaf.most is None else self._popularity.voted(leaf.most + 1)
            return tree.Not(tree.Among(more))

        return tree.replaced(asked, looked_up)

    def _of_pick(self, leaf: tree.Tree) -> tree.Tree:
        """In the place of who picked papers, these papers: none, where nobody of that name does."""
        if not isinstance(leaf, tree.PickedBy):
            return leaf
        return tree.Among(self._picked_by(leaf.handle) or frozenset())

    def _mistakes(self, query: Query) -> list[Mistake]:
        """What is wrong in a query, and who of those it names picks no papers."""
        found = list(query.mistakes)
        asked = [leaf for leaf in tree.leaves(query.tree) if isinstance(leaf, tree.PickedBy)]
        for handle in dict.fromkeys(leaf.handle for leaf in asked):
            if self._picked_by(handle) is None:
                named = re.search(rf'\bby:["“]?@?{re.escape(handle)}', query.text, re.I)
                text = f"There is no curator {handle[:40]} here. All of them are on /curators."
                found.append(Mistake(text, named.start() if named else 0))
        return found

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
        asked = self._looked_up(tree.every(_only(found), conditions))
        if conditions and not self._finder.find(asked).total:
            return None
        return found


def _only(paper: Paper) -> tree.Among:
    return tree.Among(frozenset([paper.id]))


def _hits(
    papers: list[Paper], scores: Mapping[int, float], terms: frozenset[str] = frozenset()
) -> list[Hit]:
    return [
        Hit(
            paper=paper,
            score=scores[paper.id],
            title=snippets.mark(paper.title, terms),
            snippet=snippets.snippet(paper.abstract or paper.description, terms),
        )
        for paper in papers
    ]
