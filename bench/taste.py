"""Taste: a day for one reader, a day for many, and learning anew after an event; all on one core.

Papers and readers are those of the simulator, with the sizes of real ones: 256 numbers of meaning,
20,000 words of which a paper has about 130, saved papers as they come.
"""

import time

import numpy as np
from scipy import sparse

from bench.common import percentile, table
from papertide.taste import Crowd, Event, Views, learn, reasons
from papertide.taste.score import Day

WORDS, EACH, MEANING, FACTS = 20_000, 130, 256, 200
PAPERS = 2_000  # of a day
READERS = 2_000  # that are timed, of different sizes
SAVED = (5, 20, 50, 300)


def main() -> None:
    """Print milliseconds."""
    chance = np.random.default_rng(0)
    crowd = Crowd.of(_papers(chance, 5_000))
    day, past = _papers(chance, PAPERS), _papers(chance, 3_000)
    rows = []
    for saved in SAVED:
        events = _events(chance, saved)
        learning = [_took(lambda e=events: learn(crowd, e, past, range(3_000), 100.0))
                    for _ in range(30)]  # fmt: skip
        taste = learn(crowd, events, past, range(3_000), 100.0)
        whole = [_took(lambda t=taste: t.score(crowd, day)) for _ in range(10)]
        why = [
            _took(lambda e=events, n=n: reasons(
                crowd, e, past, range(3_000), 100.0, day.take(np.array([n]))))
            for n in range(5)
        ]  # fmt: skip
        rows.append([saved, *(f"{percentile(held, 0.5):.1f}" for held in (learning, whole, why)),
                     f"{len(taste.dump()) / 1000:.0f}"])  # fmt: skip
    table("One reader (median ms)", rows,
          ("saved", "learn anew after an event", f"score {PAPERS:,} papers", "reasons of one",
           "kB kept"))  # fmt: skip
    ready = Day.of(crowd, day)
    sizes = chance.choice([5, 10, 20, 50], READERS)
    tastes = [learn(crowd, _events(chance, n), past, range(3_000), 100.0) for n in sizes]
    started = time.perf_counter()
    for taste in tastes:
        found = taste.score(crowd, ready)
        np.argpartition(-found.mean, 50)[:50]
    each = (time.perf_counter() - started) / READERS
    table(f"A day of {PAPERS:,} papers for {READERS:,} readers with 5 to 50 saved",
          [[f"{1000 * each:.2f}", f"{100_000 * each:.0f}"]],
          ("ms a reader, one core", "s for 100,000, by that"))  # fmt: skip


def _papers(chance: np.random.Generator, number: int) -> Views:
    columns = (WORDS * chance.random((number, EACH)) ** 3).astype(int)  # few words are frequent
    data = np.full(columns.size, EACH**-0.5, np.float32)
    words = sparse.csr_array((data, columns.ravel(), np.arange(number + 1) * EACH),
                             shape=(number, WORDS))  # fmt: skip
    words.sum_duplicates()
    meaning = chance.normal(size=(number, MEANING)).astype(np.float32)
    meaning /= np.linalg.norm(meaning, axis=1, keepdims=True)
    facts = sparse.csr_array(
        (np.ones(2 * number, np.float32), chance.integers(0, FACTS, 2 * number),
         np.arange(number + 1) * 2), shape=(number, FACTS),
    )  # fmt: skip
    return Views(words, meaning, facts)


def _events(chance: np.random.Generator, number: int) -> list[Event]:
    return [Event(int(paper), "saved", 100.0 * n / number)
            for n, paper in enumerate(chance.choice(3_000, number, replace=False))]  # fmt: skip


def _took(call) -> float:
    started = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - started)
