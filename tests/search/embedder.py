"""A model for tests: cheap, and the same in every process; documents of the words it knows."""

import re
import zlib

import numpy as np

from papertide.search.engine import Document
from tests.fixtures import WORDS


class WordsEmbedder:
    """Adds up a random vector of each word that it knows: `WORDS`, and numbers."""

    name, checksum = "words", "0123456789abcdef"

    def __init__(self, dimension: int = 64, **about: str):
        self.dimension = dimension
        self.__dict__.update(about)
        self._known: dict[str, np.ndarray] = {}

    def embed(self, texts):
        vectors = np.array([self._sum(text) for text in texts]).reshape(-1, self.dimension)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        lengths[lengths == 0] = 1
        return (vectors / lengths).astype(np.float32)

    def _sum(self, text):
        return sum(map(self._word, re.findall(r"\w+", text.lower())), np.zeros(self.dimension))

    def _word(self, word):
        if word not in self._known:
            seeded = np.random.default_rng(zlib.crc32(word.encode()))
            made = seeded.standard_normal(self.dimension) + 0.5  # a mean that is not zero
            self._known[word] = made * (word in WORDS or word.isdigit())
        return self._known[word]


def make_document(number: int, title: str | None = None, **fields) -> Document:
    """A document of some words that its number decides."""
    words = np.random.default_rng(number).choice(WORDS, 8).tolist()
    defaults = {
        "abstract": " ".join(words[3:]),
        "authors": [],
        "categories": [["cs.LG"], ["cs.LG", "stat.ML"], ["math.OC"]][number % 3],
        "sources": [["arxiv"], ["arxiv", "hf"]][number % 2],
        "date": 20200101 + number % 28,
    }
    title = f"{' '.join(words[:3])} {number}" if title is None else title
    return Document(id=number, title=title, **defaults | fields)


def make_documents(first: int, last: int) -> list[Document]:
    """The documents of the numbers from `first` to before `last`."""
    return [make_document(number) for number in range(first, last)]
