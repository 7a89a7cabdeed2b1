"""When ranking again pays: the numbers of papertide/search/cascade.py, and what they cost and save.

    python -m evaluation.cascade MODEL

MODEL ranks again, as PAPERTIDE_RESCORER. Learnt on every second training query of SciFact and of
titles among 20,000 abstracts (the `TITLES` after those that are reported), and measured on the
others. A query is left as it is where the chance that it gains is below a bound; the bound is the
highest with which the half that was learnt from keeps `KEPT` of what ranking all again gains.
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

TITLES = 200
KEPT = 0.97
_RIDGE = 0.01  # of the logistic model's weights, squared


class Tried(msgspec.Struct):
    """Queries ranked and ranked again: features (n, f), the metric before and after (n,)."""

    features: np.ndarray
    before: np.ndarray
    after: np.ndarray

    def half(self, odd: int) -> "Tried":
        return Tried(self.features[odd::2], self.before[odd::2], self.after[odd::2])


def tried(test: TestSet, place: Path, model: Embedder, rescorer: Rescorer) -> Tried:
    """Each query of a set, with the first ranked again and without."""
    finder, documents = indexed(test, place, model)
    metric = metrics.reciprocal_rank if test.name == "titles" else metrics.ndcg
    rows = []
    for query, judged in zip(test.queries.values(), test.relevance.values(), strict=True):
        found = finder.find(query, limit=FIRST)
        if len(found.ids) < 2:
            continue
        again = rescorer.rank(query, found, [documents[number - 1] for number in found.ids])
        values = [metric(ranked, judged, 10) for ranked in keys(test, [found.ids, again.ids])]
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
    data = sets.shared()
    held = {
        "SciFact train": sets.beir(data / "retrieval" / "scifact", "train"),
        "titles": sets.known_items(data, skip=sets.KNOWN_QUERIES, queries=TITLES),
    }
    samples = {}
    with tempfile.TemporaryDirectory(prefix="papertide-eval-") as folder:
        for name, test in held.items():
            place = Path(folder) / test.name
            place.mkdir()
            rescorer = open_rescorer(given.model, place)
            samples[name] = tried(test, place, embedding.open_model(), rescorer)
    learnt = [sample.half(0) for sample in samples.values()]
    weights, bias = learn(Tried(*(np.concatenate([getattr(one, name) for one in learnt])
                                  for name in Tried.__struct_fields__)))  # fmt: skip
    print(f"WEIGHTS, BIAS = {tuple(weights.round(3).tolist())}, {bias:.3f}\n")
    print("| half held back | before | all again | cascade | ranked again |\n|---|---|---|---|---|")
    for name, sample in samples.items():
        show(name, sample.half(1), weights, bias)


if __name__ == "__main__":
    main()
