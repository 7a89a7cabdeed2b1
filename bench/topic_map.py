"""The topic map of 500, 1,000 and 5,000 real papers: what each step takes, and how well its layout
and those of others keep neighbours.

Times are those that the one core in use worked, so that other work on the machine changes them
little. Trustworthiness (Venna and Kaski, 2001) and the share of the 10 nearest papers that stay
among the 10 nearest are both against the cosines of the vectors. Papers are the newest of cs.CV up
to the middle of 2024, on which nothing was tuned.
"""

import datetime
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.common import filled_library, table

SIZES = (500, 1000, 5000)
CATEGORY, UNTIL = "cs.CV", datetime.date(2024, 6, 30)
NEIGHBOURS = 10
REPEATS = 3  # of our own, of which the median is told


def main() -> None:
    from threadpoolctl import threadpool_limits

    library = filled_library()
    with threadpool_limits(1):
        _steps(library)
        _layouts(library)
    library.close()


def _asked(library, size: int):
    """The papers of a size, as the facade gives them."""
    return library.topic_map(most=size, categories=[CATEGORY], until=UNTIL)


def _steps(library) -> None:
    from papertide.mapping import Maps
    from papertide.topics import clusters, labels, layout, picture

    rows = []
    vocabulary = library.finder.words.vocabulary()
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:

            def maps(folder: str = folder) -> Maps:
                """As of a process that begins."""
                return Maps(library._services, library.finder, library._searcher, Path(folder))

            library.__dict__["_maps"] = maps()
            first, found = _timed(lambda size=size: _asked(library, size), 1)
            again, _ = _timed(lambda size=size: _asked(library, size))
            library.__dict__["_maps"] = maps()
            disk, _ = _timed(lambda size=size: _asked(library, size), 1)
        vectors = library.finder.vectors.vectors([paper.number for paper in found.papers])
        titles = [paper.title for paper in found.papers]
        laid, points = _timed(lambda vectors=vectors: layout.layout(vectors))
        grouped, of = _timed(lambda points=points: clusters.clusters(points))
        named, _ = _timed(
            lambda titles=titles, of=of: labels.labels(
                titles, of, lambda word: vocabulary.count(word) / vocabulary.papers
            )
        )
        drawn, svg = _timed(lambda found=found: picture.picture(found.drawing))
        rows.append([
            f"{len(found.papers):,}", *(f"{value * 1000:,.0f}" for value in (
                laid, grouped, named, drawn, first, disk, again)),
            len(found.drawing.topics), f"{found.drawing.topic.count(-1) / len(titles):.1%}",
            f"{len(svg) / 1000:.0f}",
        ])  # fmt: skip
    table(
        "The topic map, milliseconds of one core",
        rows,
        ["papers", "layout", "clusters", "names", "picture", "all, first", "all, from disk",
         "all, from memory", "topics", "in none", "picture, kB"],
    )  # fmt: skip


def _layouts(library) -> None:
    from sklearn.manifold import TSNE, SpectralEmbedding, trustworthiness

    from papertide.topics.layout import layout

    def spectral(unit):
        return SpectralEmbedding(
            2, affinity="nearest_neighbors", n_neighbors=15, random_state=0, n_jobs=1
        ).fit_transform(unit)

    def tsne(unit, steps: int = 1000):
        return TSNE(init="pca", random_state=0, n_jobs=1, max_iter=steps).fit_transform(unit)

    methods: dict[str, Callable] = {
        "main axes (PCA)": _main_axes,
        "spectral, of 15 neighbours": spectral,
        "t-SNE of scikit-learn, 500 steps": lambda unit: tsne(unit, 500),
        "t-SNE of scikit-learn, 1,000 steps": tsne,
        "ours": layout,
    }
    rows = []
    for size in SIZES:
        found = _asked(library, size)
        vectors = library.finder.vectors.vectors([paper.number for paper in found.papers])
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        for name, method in methods.items():
            taken, points = _timed(lambda method=method, unit=unit: method(unit), 1)
            trusted = trustworthiness(unit, points, n_neighbors=NEIGHBOURS)
            rows.append([f"{size:,}", name, f"{taken:.2f}", f"{trusted:.3f}",
                         f"{_kept(unit, points):.3f}"])  # fmt: skip
    table(
        "Layouts",
        rows,
        ["papers", "method", "seconds", "trustworthiness", f"{NEIGHBOURS} nearest kept"],
    )


def _main_axes(unit: np.ndarray) -> np.ndarray:
    about = unit - unit.mean(axis=0)
    return about @ np.linalg.svd(about, full_matrices=False)[2][:2].T


def _kept(unit: np.ndarray, points: np.ndarray) -> float:
    """The share of each paper's nearest that are among its nearest on the map."""
    from sklearn.neighbors import NearestNeighbors

    there, here = (
        NearestNeighbors(n_neighbors=NEIGHBOURS).fit(held).kneighbors(return_distance=False)
        for held in (unit, points)
    )
    pairs = zip(there.tolist(), here.tolist(), strict=True)
    return statistics.mean(len(set(a) & set(b)) / NEIGHBOURS for a, b in pairs)


def _timed(work: Callable, times: int = REPEATS) -> tuple[float, object]:
    """The median seconds that the core worked, and what came of it."""
    taken = []
    for _ in range(times):
        started = time.process_time()
        found = work()
        taken.append(time.process_time() - started)
    return statistics.median(taken), found


if __name__ == "__main__":
    main()
