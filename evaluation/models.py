"""How good models are by themselves, without words.

    python -m evaluation.models                    the packaged model at 256, 128 and 64 numbers
    python -m evaluation.models --model DIR        another one, or an encoder in ONNX
    python -m evaluation.models --record DIR       … and write the figures to its model.json
    python -m evaluation.models --train DIR        train it as the packaged one was trained
"""

import argparse
import sys
import time
from pathlib import Path

import msgspec
import numpy as np

from evaluation import metrics, sets
from papertide import embedding
from papertide.embedding import static, training
from papertide.embedding.base import Embedder, document_text

TRAINED_ON = (
    "arXiv abstracts: cs, stat and eess to 2019, and the announcements of March 2025 to February "
    "2026 (mostly cs.CV, cs.CL, cs.AI), without any paper of the test sets"
)


def rankings(model: Embedder, held: sets.TestSet, depth: int = 100) -> dict[str, list[str]]:
    """The documents nearest to each query, best first."""
    keys = np.array(list(held.documents))
    documents = model.embed([document_text(*texts) for texts in held.documents.values()])
    queries = model.embed(list(held.queries.values()))
    found = metrics.top(queries @ documents.T, depth)
    return {key: list(keys[row]) for key, row in zip(held.queries, found, strict=True)}


def figure(model: Embedder, held: sets.TestSet) -> float:
    """The set's figure: MRR@10 of known items, else nDCG@10; the mean over its queries."""
    metric = metrics.reciprocal_rank if held.name == "titles" else metrics.ndcg
    ranked = rankings(model, held)
    return float(np.mean([metric(ranked[key], held.relevance[key]) for key in held.queries]))


def per_second(model: Embedder, texts: list[str]) -> float:
    """Texts embedded in a second of one core's time, the best of three runs.

    Processor time, not that of the clock: others may use the machine.
    """
    model.embed(texts[:2000])
    times = []
    for _ in range(3):
        started = time.process_time()
        model.embed(texts)
        times.append(time.process_time() - started)
    return len(texts) / min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="")
    parser.add_argument("--split", default="test", help="of SciFact; tune on train")
    parser.add_argument("--record", type=Path)
    parser.add_argument("--train", type=Path)
    parser.add_argument("--minutes", type=float)
    given = parser.parse_args()
    data = sets.shared()
    if given.train:
        train(data, given.train, given.minutes)
        return
    where = str(given.record or given.model)
    full = embedding.open_model(where)
    is_static = isinstance(full, static.StaticModel)
    dimensions = full.about.dimensions if is_static else [full.dimension]
    held = {
        f"SciFact {given.split} nDCG@10": sets.beir(data / "retrieval" / "scifact", given.split),
        "20,000 titles MRR@10": sets.known_items(data),
    }
    figures = {}
    print(f"{full!r}\n\n| numbers | {' | '.join(held)} |\n|---|{'---|' * len(held)}")
    for dimension in dimensions:
        model = embedding.open_model(where, dimension) if is_static else full
        found = {name: figure(model, item) for name, item in held.items()}
        print(f"| {dimension} | {' | '.join(f'{value:.3f}' for value in found.values())} |")
        figures |= {f"{name}, {dimension}": round(value, 4) for name, value in found.items()}
    texts = [text for _, text in held["20,000 titles MRR@10"].documents.values()]
    speed = round(per_second(full, texts if is_static else texts[:200]))
    figures["abstracts a second and core"] = speed
    print(f"\n{speed:,} abstracts a second and core")
    if is_static:
        print(f"{static.size(Path(where) if where else static.PACKAGED) / 1e6:.1f} MB")
    if given.record:
        about = static.read_about(given.record)
        about.figures |= figures
        static.write_about(given.record, about)


def train(data: Path, out: Path, minutes: float | None) -> None:
    """Train the model of the package: all of arXiv that there is but the test sets."""

    def look(at: training.Look) -> None:
        print(msgspec.json.encode(at).decode(), flush=True)

    training.train(
        lambda: sets.training_papers(data), out, name="papertide-static-1", minutes=minutes,
        trained_on=TRAINED_ON, licence="Apache-2.0", on_look=look,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
