"""What a search finds, as a map of topics."""

import datetime
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from papertide.reading.clean import clean
from papertide.results import MapPaper, TopicMap
from papertide.search import tree
from papertide.search.engine import SearchUnavailable
from papertide.search.finder import Finder
from papertide.searching import Searcher
from papertide.topics import drawing
from papertide.topics.store import Store, key

if TYPE_CHECKING:  # Django is to be set up before it is imported
    from types import ModuleType


def week(until: datetime.date) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of the week that ends with a day."""
    return until - min(datetime.timedelta(days=6), until - datetime.date.min), until


class Maps:
    """Maps of the catalogue of some `services`, kept in a folder once they are drawn."""

    def __init__(
        self, services: "ModuleType", finder: Finder, searcher: Searcher, folder: Path
    ):  # fmt: skip
        self._services, self._finder, self._searcher = services, finder, searcher
        self._store = Store(folder)

    def of_search(
        self, text: str, conditions: tree.Tree | None, most: int, by_date: bool
    ) -> TopicMap:
        """See `Library.topic_map`. One query."""
        started = time.perf_counter()
        found, mistakes = self._searcher.numbers(text, conditions, most, by_date)
        # By number, not as they were found: the same papers are the same map.
        papers = [
            MapPaper(number=number, public_id=public_id, title=clean(title))
            for number, public_id, title in self._services.titles(found.ids)
        ]
        vectors, model = self._vectors([paper.number for paper in papers])
        placed = drawing.usable(vectors)
        on_map = [paper for paper, there in zip(papers, placed, strict=True) if there]
        titles = [paper.title for paper in on_map]
        name = key(model, ((paper.number, paper.title) for paper in on_map))
        drawn = self._store.drawing(
            name, lambda: drawing.draw(vectors[placed], titles, self._share())
        )
        return TopicMap(
            query=text, papers=on_map, drawing=drawn, total=found.total, mistakes=mistakes,
            unplaced=[paper for paper, there in zip(papers, placed, strict=True) if not there],
            notice=found.notice, key=name, milliseconds=(time.perf_counter() - started) * 1000,
        )  # fmt: skip

    def _vectors(self, numbers: list[int]) -> tuple[np.ndarray, str]:
        """The vectors of papers, and what made them; of no numbers where there is no model."""
        vectors = self._finder.vectors
        if vectors is None or not numbers:
            return np.zeros((len(numbers), 0), np.float32), ""
        return vectors.vectors(numbers), vectors.embedder.checksum

    def _share(self) -> Callable[[str], float]:
        """The share of all papers that have a word, as the word index knows it."""
        try:
            known = self._finder.words.vocabulary()
        except SearchUnavailable:
            known = None
        if known is None or not known.papers:
            return lambda word: 0.0
        return lambda word: known.count(word) / known.papers
