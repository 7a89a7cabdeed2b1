"""Searching without an index: words and conditions, answered by the database, the newest first."""

import logging
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from papertide.papers import Paper, arxiv_id, doi
from papertide.results import Hit, Results
from papertide.search import lexical_query, snippets, tree
from papertide.search.engine import SearchUnavailable
from papertide.search.query import parse
from papertide.search.tree import Word, Words

if TYPE_CHECKING:  # Django is to be set up before it is imported
    from types import ModuleType

log = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds that the database may look for words
_SHOWN = "These papers are from the database: those with the very words, the newest first."
_WORDS = "Search by meaning cannot answer: these papers have the words."


def from_database(
    services: "ModuleType", text: str, conditions: tree.Tree | None, limit: int, offset: int,
    error: SearchUnavailable, of_pick: Callable[[tree.Tree], tree.Tree],
) -> Results:  # fmt: skip
    """What the database finds where an index answers with an error. A text without operators asks
    for all its words, and for any where no paper has all. `of_pick` tells the papers that a curator
    picked. Raises the error where the database takes too long."""
    log.info("searching the database: %s", error)
    started = time.perf_counter()
    query = parse(text)
    asked = tree.replaced(tree.every(query.tree, conditions), of_pick)
    named = _named(services, text, tree.replaced(conditions, of_pick))
    papers: list[Paper] = []
    total = 0
    if asked is not None or not text.strip():
        others = asked if named is None else tree.every(asked, tree.Not(_only(named)))
        before = offset if named is None else max(0, offset - 1)
        try:
            for demanded in dict.fromkeys(_telling(others, join) for join in (_all, _any)):
                left = max(1.0, PATIENCE - (time.perf_counter() - started))
                papers, total = services.matching(demanded, limit, before, left)
                if total:
                    break
        except TimeoutError:
            raise error from None
    if named and offset == 0:
        papers = [named, *papers][:limit]
    terms = lexical_query.terms(query.tree)
    hits = [
        Hit(
            paper=paper, score=0.0, title=snippets.mark(paper.title, terms),
            snippet=snippets.snippet(paper.abstract or paper.description, terms),
        )
        for paper in papers
    ]  # fmt: skip
    return Results(
        query=text, hits=hits, total=total + bool(named), mistakes=list(query.mistakes),
        milliseconds=(time.perf_counter() - started) * 1000, sort="date",
        notice=notice(error, _SHOWN),
    )  # fmt: skip


def words_alone(error: SearchUnavailable) -> str:
    """The notice where the index of words still answers."""
    log.info("searching by words alone: %s", error)
    return notice(error, _WORDS)


def notice(error: SearchUnavailable, shown: str) -> str:
    """What is wrong and what to run, without what errors have in parentheses: it may name folders
    and hosts, and a notice is for everybody."""
    reason = re.sub(r" \(.*\)", "", str(error), flags=re.DOTALL)
    reason, command, run = reason.partition("Run: ")
    return " ".join(filter(None, [reason.strip(), shown, command + run]))


def _named(services: "ModuleType", text: str, conditions: tree.Tree | None) -> Paper | None:
    """The paper whose id or DOI a text is, where it meets the conditions."""
    found = services.find(text.strip()) if arxiv_id(text.strip()) or doi(text.strip()) else None
    if found is None or found.removed:
        return None
    if conditions and not services.matching(tree.every(_only(found), conditions), 1)[1]:
        return None
    return found


def _only(paper: Paper) -> tree.Among:
    return tree.Among(frozenset([paper.id]))


def _all(parts: list[Word]) -> tree.Tree | None:
    return tree.every(*(Words((part,)) for part in parts))


def _any(parts: list[Word]) -> tree.Tree | None:
    return Words(tuple(parts))


def _telling(asked: tree.Tree | None, join: Callable) -> tree.Tree | None:
    """A tree with its plain words joined so: all of them, as in the order of days papers with any
    are no answer; but for those that say nothing, such as "the"."""
    words = tree.plain(asked)
    if words is None or not all(isinstance(part, Word) for part in words.parts):
        return asked
    telling = [part for part in words.parts if lexical_query.tells(part.text)]
    return tree.every(join(telling or list(words.parts)), tree.without(asked, words))
