"""The plainest taste: a paper is wanted as much as it is near to what a reader saved."""

import numpy as np

NEIGHBOURS = 3  # of the saved papers: a reader has several interests, and the mean is none of them


def nearness(papers: np.ndarray, saved: np.ndarray) -> np.ndarray:
    """How near each paper is to a reader: the mean cosine to the `NEIGHBOURS` saved papers nearest
    to it. (papers, d) and (saved, d) -> (papers,), float32; -inf for a paper without a vector, and
    for all where no saved paper has one. Vectors need no length; a row of NaN is none."""
    there = np.isfinite(papers).all(axis=1) & (papers != 0).any(axis=1)
    known = saved[np.isfinite(saved).all(axis=1) & (saved != 0).any(axis=1)]
    scores = np.full(len(papers), -np.inf, np.float32)
    if len(known) and there.any():
        cosines = _units(papers[there]) @ _units(known).T
        most = min(NEIGHBOURS, len(known))
        nearest = np.partition(cosines, -most, axis=1)[:, -most:]
        scores[there] = nearest.mean(axis=1)
    return scores


def _units(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
