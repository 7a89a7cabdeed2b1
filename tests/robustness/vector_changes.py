"""Changes for a vector index to take in, and a process that does: appends, deletes, rebuilds.

    python -m tests.robustness.vector_changes FOLDER [fsync|replace|unlink|rmtree|embed NUMBER]

goes on from the index's position to the last change; at the given call it kills itself.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

from papertide.embedding.base import document_vectors
from papertide.search import vectors
from papertide.search.engine import Document
from papertide.search.vectors import VectorIndex
from tests.search.embedder import WordsEmbedder, make_document

LAST, STEP = 24, 120
REBUILDS = (9, 17)


def change(position: int) -> tuple[list[Document], set[int]]:
    """What is saved and what deleted in a change: new papers, every third of the change before."""
    new = range(position * STEP, (position + 1) * STEP)
    again = range((position - 1) * STEP, position * STEP, 3) if position > 1 else ()
    # Changed papers have another text each time; some have none.
    saved = [make_document(number) for number in new]
    saved += [make_document(number, f"graph {number * position}", abstract="") for number in again]
    saved[0] = make_document(saved[0].id, "", abstract="")
    return saved, {number + 1 for number in again}


def papers(position: int) -> dict[int, Document]:
    """The papers that are there after a change."""
    held = {}
    for number in range(1, position + 1):
        saved, deleted = change(number)
        held = {i: document for i, document in held.items() if i not in deleted}
        held |= {document.id: document for document in saved}
    return held


def open_index(folder: Path) -> VectorIndex:
    return VectorIndex(folder, "a catalogue", WordsEmbedder())


def state(folder: Path) -> tuple:
    """All that an index answers with: position, count, what is blank, vectors, filters."""
    index = open_index(folder)
    ids = range(LAST * STEP + STEP)
    rows = index._read()
    held = {}
    if rows:
        for number, row in zip(ids, rows.of(ids).tolist(), strict=True):
            if row >= 0:
                label = rows.labels[rows.label[row]]
                held[number] = rows.vectors[row].tobytes(), int(rows.date[row]), label
    return index.position(), index.count(), held


def wanted_state(position: int) -> tuple:
    """What `state` must be after a change."""
    held = papers(position)
    embedder = WordsEmbedder()
    made = document_vectors(embedder, [(d.title, d.abstract) for d in held.values()])
    return position, len(held), {
        document.id: (
            vector.astype("<f2").tobytes(), document.date,
            (tuple(document.categories), tuple(document.sources)),
        )
        for document, vector in zip(held.values(), made, strict=True)
    }  # fmt: skip


def main(folder: Path, last: int = LAST) -> None:
    """Take in the changes up to the last one."""
    index = open_index(folder)
    with index.writing():
        for position in range(index.position() + 1, last + 1):
            if position in REBUILDS:
                index.rebuild(iter(papers(position).values()), position)
            else:
                index.apply(*change(position), position)


def kill_at(name: str, number: int) -> None:
    """Kill this process before a call, the `number`-th, of a function."""
    owners = {"fsync": os, "replace": Path, "rmtree": shutil, "embed": WordsEmbedder,
              "unlink": Path}
    real, calls = getattr(owners[name], name), []

    def counted(*arguments, **named):
        calls.append(name)
        if len(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)

    setattr(owners[name], name, counted)


if __name__ == "__main__":
    vectors._BATCH = 50
    vectors._DEAD_FROM = 300
    if len(sys.argv) > 2:
        kill_at(sys.argv[2], int(sys.argv[3]))
    main(Path(sys.argv[1]))
