"""Vectors in clusters, with titles that tell them apart."""

import numpy as np

SUBJECTS = ("graph kernels", "robot grasping", "speech recognition", "protein folding",
            "privacy audits")  # fmt: skip
_OTHER = ("fast", "deep", "robust", "simple", "novel", "scalable")


def blobs(count: int, many: int, spread: float = 0.1, seed: int = 0):
    """Vectors (count, 64), which of `many` clusters each is of, and titles."""
    chance = np.random.default_rng(seed)
    middles = chance.normal(size=(many, 64))
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    of = np.arange(count) % many
    vectors = middles[of] + chance.normal(size=(count, 64)) * spread
    titles = [
        f"{chance.choice(_OTHER).capitalize()} {SUBJECTS[one % len(SUBJECTS)]} using models, {n}"
        for n, one in enumerate(of)
    ]
    return vectors.astype(np.float32), of, titles
