"""Vectors of another model, made in a process of its own, which may kill itself.

    python -m tests.robustness.renewal_changes FOLDER [fsync|replace|unlink|rmtree|embed NUMBER]
"""

import sys
from pathlib import Path

from papertide.search import vectors
from papertide.search.finder import Finder
from tests.robustness.vector_changes import kill_at
from tests.search.embedder import WordsEmbedder
from tests.search.test_renewal import CATALOG, Papers, told

COUNT = 2500
EMBEDDED = "embedded"  # a file: a line a paper that the new model embedded


class Logged(WordsEmbedder):
    """The new model: it notes what it embeds, as a bill would."""

    def __init__(self, folder: Path):
        super().__init__(32, name="new", origin="new")
        self._file = folder / EMBEDDED

    def embed(self, texts):
        with self._file.open("a") as file:
            file.writelines(f"{text[:60]}\n" for text in filter(told, texts))
        return super().embed(texts)


def papers() -> Papers:
    """The catalogue when the new model is begun with: some changes came after the old vectors."""
    log = Papers()
    log.save(*range(1, COUNT + 1))
    return log


def finder(folder: Path, wanted: str = "new") -> Finder:
    models = {"old": WordsEmbedder(name="old", origin="old"), "new": Logged(folder)}
    return Finder(folder, CATALOG, lambda: models[wanted], lambda origin, _: models[origin])


def main(folder: Path) -> None:
    finder(folder).renew(papers())


if __name__ == "__main__":
    vectors.COMMIT_EVERY = 200
    vectors._BATCH = 100
    if len(sys.argv) > 2:
        kill_at(sys.argv[2], int(sys.argv[3]))
    main(Path(sys.argv[1]))
