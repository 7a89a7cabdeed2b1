"""When ranking again pays: the numbers of papertide/search/cascade.py, and what they cost and save.

    python -m evaluation.cascade MODEL

MODEL ranks again, as PAPERTIDE_RESCORER. Learnt on every second training query of SciFact and on
the half to choose by of each set without a training split (see `sets.TestSet.half`), and measured
on the others. A query is left as it is where the chance that it gains is below a bound; the bound
is the highest with which what was learnt from keeps `KEPT` of what ranking all again gains.
"""

import argparse
import tempfile
from pathlib import Path

import msgspec
import numpy as np

from evaluation import metrics, sets
from evaluation.search import indexed, keys
from evaluation.sets import TestSet
from papertide import embedding
from papertide.embedding import Embedder
from papertide.search import cascade
from papertide.search.rescore import FIRST, Rescorer, open_rescorer

KEPT = 0.97
_RIDGE = 0.01  # of the logistic model's weights, squared


class Tried(msgspec.Struct):
    """Queries ranked and ranked again: features (n, f), the metric before and after (n,)."""

    features: np.ndarray
    before: np.ndarray
    after: np.ndarray


def tried(test: TestSet, place: Path, model: Embedder, rescorer: Rescorer) -> Tried:
    """Each query of a set, with the first ranked again and without."""
    finder, documents = indexed(test, place, model)
    rows = []
    for query, judged in zip(test.queries.values(), test.relevance.values(), strict=True):
        found = finder.find(query, limit=FIRST)
        if len(found.ids) < 2:
            continue
        again = rescorer.rank(query, found, [documents[number - 1] for number in found.ids])
        values = [metrics.ndcg(ranked, judged) for ranked in keys(test, [found.ids, again.ids])]
        rows.append((*cascade.features(found.scores), *values))
    table = np.array(rows)
    return Tried(table[:, :-2], table[:, -2], table[:, -1])


def learn(sample: Tried) -> tuple[np.ndarray, float]:
    """Weights and bias of a logistic model of whether ranking again gains, by Newton's method, and
    less the bound: positive where it is to be done."""
    inputs = np.c_[sample.features, np.ones(len(sample.before))]
    gains = sample.after - sample.before
    better = (gains > 1e-9).astype(float)
    weights = np.zeros(inputs.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (better - chance) / len(better) - _RIDGE * weights
        bend = (inputs.T * (chance * (1 - chance))) @ inputs / len(better)
        weights += np.linalg.solve(bend + _RIDGE * np.eye(len(weights)), slope)
    logits = inputs @ weights
    order = np.argsort(-logits)
    kept = np.cumsum(gains[order])
    enough = int(np.argmax(kept >= KEPT * gains.sum()))
    weights[-1] -= logits[order[enough]] - 1e-6
    return weights[:-1], float(weights[-1])


def show(name: str, sample: Tried, weights: np.ndarray, bias: float) -> None:
    """Print a row: the metric before, after, by the cascade, and the share ranked again."""
    again = sample.features @ weights + bias > 0
    mixed = np.where(again, sample.after, sample.before)
    means = (held.mean() for held in (sample.before, sample.after, mixed))
    print(f"| {name} | {' | '.join(f'{mean:.4f}' for mean in means)} | {again.mean():.0%} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    given = parser.parse_args()
    samples: list[dict[str, Tried]] = [{}, {}]  # to learn from, and held back
    for name in sets.BEIR:
        folder = sets.shared() / "retrieval" / name
        test = sets.beir(folder, "train" if (folder / "qrels" / "train.tsv").exists() else "test")
        for held_back, part in enumerate(samples):
            with tempfile.TemporaryDirectory(prefix="papertide-eval-") as place:
                rescorer = open_rescorer(given.model, Path(place))
                half = test.half(bool(held_back))
                part[name] = tried(half, Path(place), embedding.open_model(), rescorer)
    columns = (
        np.concatenate([getattr(sample, name) for sample in samples[0].values()])
        for name in Tried.__struct_fields__
    )
    weights, bias = learn(Tried(*columns))
    print(f"WEIGHTS, BIAS = {tuple(weights.round(3).tolist())}, {bias:.3f}\n")
    print("| held back | before | all again | cascade | ranked again |\n|---|---|---|---|---|")
    for name, sample in samples[1].items():
        show(name, sample, weights, bias)


if __name__ == "__main__":
    main()
