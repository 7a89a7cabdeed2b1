"""The 358 titles of the saved pages as queries against all papers: share found at rank 1 and
in the first 10.

The catalogue holds both arXiv files and the pages themselves, so every title has its paper.
"""

import tempfile
from pathlib import Path

import papertide
from bench.common import arxiv_files, shared, table


def main() -> None:
    from papertide.papers import Record, title_key
    from papertide.sources import files

    pages = sorted((shared() / "pages").glob("*.txt"))
    titles = {}
    for page in pages:
        for row in files.read(page):
            if isinstance(row, Record):
                titles.setdefault(title_key(row.paper.title), row.paper.title)
    first = ten = 0
    missed = []
    with (
        tempfile.TemporaryDirectory(prefix="papertide-bench-") as place,
        papertide.open_library(Path(place)) as library,
    ):
        library.import_files([*arxiv_files(), *pages])
        for key, title in titles.items():
            found = [title_key(hit.paper.title) for hit in library.search(title, 10).hits]
            first += found[:1] == [key]
            ten += key in found
            if found[:1] != [key]:
                missed.append(title)
        count = library.count()
    total = len(titles)
    table(
        f"{total} titles as queries against {count:,} papers",
        [["words", f"{first} ({first / total:.1%})", f"{ten} ({ten / total:.1%})"]],
        ["search", "at rank 1", "in the first 10"],
    )
    for title in missed:
        print(f"  not first: {title}")


if __name__ == "__main__":
    main()
