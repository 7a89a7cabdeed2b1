"""Ranking the first papers of a search again, by a model that is too slow for all of them.

What ranks them is a judge: a stronger encoder (`similarity`), a cross-encoder that reads query and
paper together (`embedding.cross_encoder`), or a language model (`language_model`).
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from papertide import embedding
from papertide.embedding import ModelError, document_text
from papertide.embedding.cross_encoder import CrossEncoder
from papertide.search.cascade import pays
from papertide.search.engine import Candidates, Document
from papertide.search.hybrid import z_scores
from papertide.search.language_model import LanguageModel, is_chat
from papertide.search.similarity import Similarity

log = logging.getLogger(__name__)

FIRST = 50  # papers that are ranked again, at the most
_REMEMBERED = 256  # searches whose scores by a slow judge are kept: the next page, and back again


class Judge(Protocol):
    """What says how well papers answer a query; `first` so many at the most, and `weight` is what
    its z-scores count against those of words."""

    first: int
    weight: float

    def scores(self, text: str, documents: Sequence[Document]) -> np.ndarray | None:
        """A number for each paper, the higher the better, on a scale of its own; None where it
        knows nothing of the query. Raises ModelError where it cannot answer."""
        ...


class Rescorer:
    """The first papers of a search in the order of a judge and of the words found.

    The judge takes the place of our own model: what that found is in the choice of the first, and
    adding it again to a stronger opinion only blurs it. Where the judge fails, the ranking before
    it stands.
    """

    def __init__(self, judge: Judge):
        self.judge = judge
        self.first = min(FIRST, judge.first)

    def worthwhile(self, found: Candidates) -> bool:
        """Whether another opinion on the first of these is likely to change anything."""
        return pays(found.scores[: self.first])

    def rank(
        self, text: str, found: Candidates, documents: Sequence[Document], *,
        weight: float | None = None,
    ) -> Candidates:  # fmt: skip
        """The candidates with the first in a new order; `documents` are those papers.

        Scores of the first are sums: the z-score by words (of the ranking before, where meaning or
        words stood alone), and the z-score of the judge times `weight`. Those behind keep their
        order below them.
        """
        by_id = {document.id: document for document in documents}
        first = [i for i in found.ids[: self.first] if i in by_id]
        if len(first) < 2:
            return found
        try:
            judged = self.judge.scores(text, [by_id[i] for i in first])
        except ModelError as error:
            log.warning("The first papers are not ranked again: %s", error)
            return found
        if judged is None:
            return found
        told = found.by_words or found.scores
        before = dict(zip(found.ids, told, strict=True))
        held = np.array([before[i] for i in first])
        weight = self.judge.weight if weight is None else weight
        scores = (held if found.by_words else z_scores(held)) + weight * z_scores(judged)
        order = np.argsort(-scores, kind="stable")
        ranked = [first[n] for n in order]
        rest = [i for i in found.ids if i not in set(first)]
        low = float(scores.min())
        return Candidates(
            ids=ranked + rest,
            scores=[float(scores[n]) for n in order]
            + [low - 1 - n / (len(rest) + 1) for n in range(len(rest))],
            total=found.total,
        )


def open_rescorer(where: str, folder: Path, key: str = "") -> Rescorer:
    """The rescorer of a setting: a model as `embedding.open_model` opens it, a cross-encoder by
    folder or hub name, or `https://host/v1/chat/completions#model`, shown the `key`.

    `folder` is where vectors are kept. Raises ModelError with what to run.
    """
    if is_chat(where):
        return Rescorer(_Remembering(LanguageModel(where, key)))
    model = embedding.open_ranker(where, key=key)
    if isinstance(model, CrossEncoder):
        return Rescorer(_Remembering(_Pairs(model)))
    return Rescorer(Similarity(model, folder))


class _Pairs:
    """A cross-encoder as a judge."""

    first = FIRST
    weight = Similarity.weight  # of which no model could be measured here

    def __init__(self, model: CrossEncoder):
        self._model = model

    def scores(self, text: str, documents: Sequence[Document]) -> np.ndarray:
        texts = [document_text(document.title, document.abstract) for document in documents]
        return self._model.scores(text, texts)


class _Remembering:
    """A judge that is not asked twice about the same papers."""

    def __init__(self, judge: Judge):
        self._judge, self.first, self.weight = judge, judge.first, judge.weight
        self._known: OrderedDict[tuple, np.ndarray | None] = OrderedDict()
        self._lock = threading.Lock()

    def scores(self, text: str, documents: Sequence[Document]) -> np.ndarray | None:
        key = text, *(hash((d.id, d.title, d.abstract)) for d in documents)
        with self._lock:
            if key in self._known:
                return self._known[key]
        found = self._judge.scores(text, documents)
        with self._lock:
            self._known[key] = found
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found
