"""Known items: queries that are to find one paper among all: share found at rank 1 and in the
first 10.

The 358 papers of the saved pages, which the model was not trained on, are asked for by their
titles, by the second sentences of their abstracts, and by their titles with typing errors. As many
of all papers, chosen at random, are asked for as people remember them ("Vaswani 2017 attention"),
and as many whose titles hold LaTeX by these titles as they were written. (The model has seen most
of these.)
"""

import random
import re
import shutil
import string
import tempfile
from collections.abc import Iterator
from pathlib import Path

import papertide
from bench.common import filled_library, shared, table

MODES = ("words", "meaning", "hybrid")
SEED, CHOSEN = 20240317, 358
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_WORD = re.compile(r"[^\W\d_]{4,}")
_LATEX = re.compile(r"\$.+\$|\\\W?\w")


def main() -> None:
    from papertide.papers import Paper, Record, title_key
    from papertide.reading.clean import clean
    from papertide.sources import files

    pages = sorted((shared() / "pages").glob("*.txt"))
    saved: dict[str, Paper] = {}
    for page in pages:
        for row in files.read(page):
            if isinstance(row, Record):
                saved.setdefault(title_key(row.paper.title), row.paper)
    with tempfile.TemporaryDirectory(prefix="papertide-bench-") as place:
        with filled_library() as held:
            folder = Path(place) / "data"
            shutil.copytree(held.folder, folder, ignore=shutil.ignore_patterns("*.lock", "lock"))
        with papertide.open_library(folder) as library:
            library.import_files(pages)
            chance = random.Random(SEED)
            queries = {
                "titles": [(key, paper.title) for key, paper in saved.items()],
                "second sentences": [
                    (key, sentences[1])
                    for key, paper in saved.items()
                    if len(sentences := _SENTENCE_END.split(clean(paper.abstract))) > 1
                ],
                "titles with one or two typing errors": [
                    (key, _mistyped(paper.title, chance)) for key, paper in saved.items()
                ],
                "first author, year, one word": list(_cited(chance)),
                "titles in LaTeX": list(_in_latex(chance)),
            }
            _asked(library, queries, title_key)


def _asked(library, queries: dict[str, list[tuple[str, str]]], title_key) -> None:
    rows, missed = [], []
    for what, texts in queries.items():
        print(f"{what}: {'; '.join(text for _, text in texts[:3])}\n")
        for mode in MODES:
            first = ten = 0
            for key, text in texts:
                hits = library.search(text, 10, mode=mode).hits
                found = [title_key(hit.paper.title) for hit in hits]
                first += found[:1] == [key]
                ten += key in found
                if what == "titles" and mode == "hybrid" and found[:1] != [key]:
                    missed.append(text)
            rows.append([what, len(texts), mode, f"{first / len(texts):.1%}",
                         f"{ten / len(texts):.1%}"])  # fmt: skip
    table(
        f"Known items among {library.count():,} papers",
        rows,
        ["queries", "number", "search", "at rank 1", "in the first 10"],
    )
    for title in missed:
        print(f"  title not first in hybrid: {title}")


def _mistyped(title: str, chance: random.Random) -> str:
    """A title with a letter left out, put in, changed or swapped with the next, in one word of
    four letters or more, and from six such words on in two; never the first letter."""
    words = list(_WORD.finditer(title))
    chosen = chance.sample(words, min(len(words), 2 if len(words) >= 6 else 1))
    for word in sorted(chosen, key=re.Match.start, reverse=True):
        at = chance.randrange(word.start() + 1, word.end() - 1)
        letter, other = title[at], chance.choice(string.ascii_lowercase)
        changed = chance.choice([
            "", letter + other, other if other != letter else "", title[at + 1] + letter
        ])  # fmt: skip
        swapped = len(changed) == 2 and changed[1] == letter and changed[0] == title[at + 1]
        title = title[:at] + changed + title[at + 1 + swapped :]
    return title


def _cited(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Papers chosen at random as one remembers them: who, when, and the longest word of what."""
    from papertide.papers import title_key

    for paper in _some(chance, lambda paper: paper.authors and paper.date[:4].isdigit()):
        words = _WORD.findall(paper.readable_title)
        if words:
            family = paper.authors[0].split()[-1]
            yield title_key(paper.title), f"{family} {paper.date[:4]} {max(words, key=len)}"


def _in_latex(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Titles that hold LaTeX, as they were written."""
    from papertide.papers import title_key

    for paper in _some(chance, lambda paper: _LATEX.search(paper.title)):
        yield title_key(paper.title), paper.title


def _some(chance: random.Random, fit) -> Iterator:
    """CHOSEN papers that fit, at random."""
    from papertide.site.catalog import services

    numbers, found = chance.sample(range(1, 254_000), 60_000), 0
    for start in range(0, len(numbers), 1000):
        for paper in services.by_number(numbers[start : start + 1000]):
            if fit(paper):
                yield paper
                if (found := found + 1) == CHOSEN:
                    return


if __name__ == "__main__":
    main()
