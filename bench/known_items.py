"""Known items: the 358 titles of the saved pages, and separately the second sentence of each
abstract, as queries against all papers: share found at rank 1 and in the first 10.

The catalogue holds both arXiv files and the pages themselves, so every query has its paper. The
model was trained on none of these papers.
"""

import re
import tempfile
from pathlib import Path

import papertide
from bench.common import arxiv_files, shared, table

MODES = ("words", "meaning", "hybrid")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def main() -> None:
    from papertide.papers import Record, title_key
    from papertide.reading.clean import clean
    from papertide.sources import files

    pages = sorted((shared() / "pages").glob("*.txt"))
    papers = {}
    for page in pages:
        for row in files.read(page):
            if isinstance(row, Record):
                papers.setdefault(title_key(row.paper.title), row.paper)
    queries = {
        "titles": {key: paper.title for key, paper in papers.items()},
        "second sentences": {
            key: sentences[1]
            for key, paper in papers.items()
            if len(sentences := _SENTENCE_END.split(clean(paper.abstract))) > 1
        },
    }
    with (
        tempfile.TemporaryDirectory(prefix="papertide-bench-") as place,
        papertide.open_library(Path(place)) as library,
    ):
        library.import_files([*arxiv_files(), *pages])
        count = library.count()
        rows, missed = [], []
        for what, texts in queries.items():
            for mode in MODES:
                first = ten = 0
                for key, text in texts.items():
                    hits = library.search(text, 10, mode=mode).hits
                    found = [title_key(hit.paper.title) for hit in hits]
                    first += found[:1] == [key]
                    ten += key in found
                    if what == "titles" and mode == "hybrid" and found[:1] != [key]:
                        missed.append(text)
                rows.append([what, len(texts), mode, f"{first / len(texts):.1%}",
                             f"{ten / len(texts):.1%}"])  # fmt: skip
    table(
        f"Known items among {count:,} papers",
        rows,
        ["queries", "number", "search", "at rank 1", "in the first 10"],
    )
    for title in missed:
        print(f"  title not first in hybrid: {title}")


if __name__ == "__main__":
    main()
