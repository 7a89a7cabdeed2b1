"""Search as one types: what each keystroke costs the server, whole and by its stages.

Each query is typed letter by letter, as the search box asks: a request for every beginning of three
letters or more, through Django's own handlers, without a network. Stages are timed by wrapping what
they call, so that the sum of them and the rest is the whole. Then, by itself, what is not part of a
keystroke: facets, reasons, orders by votes; and how well what was meant is guessed, of titles with
one and two slips and without.
"""

import functools
import os
import random
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from unittest.mock import patch

from bench.common import filled_library, percentile, table

SEED = 20240318
TITLES = 40  # whose beginnings are typed
WARM = 30  # requests that are not counted
SLOWEST = 5  # requests that are shown
MISSPELT = 300  # titles that are misspelt


def main() -> None:
    library = filled_library()
    from django.conf import settings
    from django.test import Client

    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    client = Client(SERVER_NAME="localhost", headers={"HX-Request": "true"})
    typed = _beginnings(library)
    for text in typed[:WARM]:
        client.get("/search", {"q": text})
    whole: list[float] = []
    worked: list[float] = []
    stages: dict[str, list[float]] = defaultdict(list)
    for text in typed:
        with _Timed() as spent:
            started, began = time.perf_counter(), time.thread_time()
            answer = client.get("/search", {"q": text})
            worked.append((time.thread_time() - began) * 1000)
            whole.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == 200, text
        for name in STAGES:
            stages[name].append(spent[name])
        stages["the rest: views, the query, fusion"].append(whole[-1] - sum(spent.values()))
    rows = [["whole request", *_shares(whole)], ["of it on a processor", *_shares(worked)]]
    rows += [[name, *_shares(held)] for name, held in stages.items()]
    table(
        f"Search as one types: {len(typed)} keystrokes, {library.count():,} papers "
        f"(load of the machine {os.getloadavg()[0]:.1f})",
        rows,
        ["stage", "p50 ms", "p99 ms", "most ms"],
    )
    slowest = sorted(zip(whole, typed, strict=True), reverse=True)[:SLOWEST]
    print("\nslowest: " + "; ".join(f"{text!r} {took:.0f} ms" for took, text in slowest))
    _others(library, typed)
    _misspelt(library)


def _beginnings(library) -> list[str]:
    """Every beginning, of three letters or more, of the first words of some titles."""
    from papertide.site.catalog import services
    from papertide.site.catalog.models import Paper

    chance = random.Random(SEED)
    numbers = list(Paper.objects.order_by("id").values_list("id", flat=True))
    held = services.by_number(chance.sample(numbers, TITLES))
    texts = [" ".join(paper.readable_title.split()[:5])[:40] for paper in held]
    return [text[:end] for text in texts for end in range(3, len(text) + 1)]


# What a keystroke spends its time on: stage -> the module or class, and its method.
STAGES = {
    "named paper": ("papertide.searching.Searcher", "_named"),
    "words": ("papertide.search.lexical.LexicalIndex", "words"),
    "author's name": ("papertide.search.lexical.LexicalIndex", "is_author"),
    "embedding": ("papertide.search.vectors.VectorIndex", "embed"),
    "nearest vectors": ("papertide.search.vectors.VectorIndex", "nearest"),
    "cosines": ("papertide.search.vectors.VectorIndex", "scores"),
    "spelling": ("papertide.searching.Searcher", "_suggestion"),
    "papers from the database": ("papertide.site.catalog.services", "by_number"),
    "titles and snippets": ("papertide.searching", "_hits"),
    "template": ("papertide.site.pages", "render"),
}


class _Timed(ExitStack):
    """Milliseconds by stage of what is run in it; of one stage in another, the inner one's are its
    own."""

    def __enter__(self) -> dict[str, float]:
        super().__enter__()
        self.spent: dict[str, float] = dict.fromkeys(STAGES, 0.0)
        self._inner = [0.0]
        for name, (place, method) in STAGES.items():
            owner = _found(place)
            self.enter_context(
                patch.object(owner, method, self._timing(name, getattr(owner, method)))
            )
        return self.spent

    def _timing(self, name: str, run: Callable) -> Callable:
        @functools.wraps(run)
        def timed(*arguments, **named):
            self._inner.append(0.0)
            started = time.perf_counter()
            try:
                return run(*arguments, **named)
            finally:
                took = (time.perf_counter() - started) * 1000
                self.spent[name] += took - self._inner.pop()
                self._inner[-1] += took

        return timed


def _found(place: str):
    """The module or class of a dotted name."""
    import importlib

    try:
        return importlib.import_module(place)
    except ImportError:
        module, _, name = place.rpartition(".")
        return getattr(importlib.import_module(module), name)


def _shares(values: list[float]) -> list[str]:
    return [f"{percentile(values, share):.1f}" for share in (0.5, 0.99)] + [f"{max(values):.1f}"]


def _others(library, typed: list[str]) -> None:
    """What is asked for after a keystroke, or in its place."""
    queries = typed[:: max(1, len(typed) // 150)]
    asked: dict[str, Callable] = {
        "search": lambda text: library.search(text),
        "search, explained": lambda text: library.search(text, explain=True),
        "search by votes": lambda text: library.search(text, sort="votes"),
        "search by votes, page 300": lambda text: library.search(text, sort="votes", offset=5980),
        "facets": lambda text: library.facets(text),
        "facets, two chosen": lambda text: library.facets(text, categories=["cs.LG"], has=["code"]),
    }
    rows = []
    for name, run in asked.items():
        taken = []
        for text in queries:
            started = time.perf_counter()
            run(text)
            taken.append((time.perf_counter() - started) * 1000)
        rows.append([name, *_shares(taken)])
    table(f"Beside keystrokes: {len(queries)} queries", rows, ["what", "p50 ms", "p99 ms", "most"])


def _misspelt(library) -> None:
    """What is suggested for titles: as they are, where any suggestion is wrong, and with letters
    left out, doubled, changed or swapped in one or two words of five letters or more."""
    from papertide.site.catalog import services
    from papertide.site.catalog.models import Paper

    chance = random.Random(SEED + 2)
    numbers = list(Paper.objects.order_by("id").values_list("id", flat=True))
    papers = services.by_number(chance.sample(numbers, MISSPELT))
    titles = [paper.readable_title for paper in papers if paper.readable_title.isascii()]
    rows = []
    for slips in range(3):
        right = wrong = 0
        for title in titles:
            text = _slipped(title, slips, chance)
            meant = library.search(text, 1, as_typed=True).suggestion
            right += bool(meant) and meant.lower() == title.lower()
            wrong += bool(meant) and meant.lower() != title.lower()
        shares = (f"{held / len(titles):.1%}" for held in (right, wrong))
        rows.append([slips, len(titles), *shares])
    table("Did you mean", rows, ["words misspelt", "titles", "suggested is the title", "another"])


def _slipped(title: str, slips: int, chance: random.Random) -> str:
    words = title.split(" ")
    places = [n for n, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    for place in chance.sample(places, min(slips, len(places))):
        word = words[place]
        at = chance.randrange(1, len(word) - 1)
        words[place] = chance.choice([
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + chance.choice("abcdefghijklmnopqrstuvwxyz") + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ])
    return " ".join(words)


if __name__ == "__main__":
    main()
