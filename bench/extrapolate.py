"""What 3, 20 and 200 million papers need, computed from what `bench.scale` measured.

    python -m bench.extrapolate FOLDER FOLDER FOLDER

Each quantity is taken to be a + b * papers, by least squares over the measured sizes: times of the
scan and of words, files, memory. None of it was run beyond the largest of them.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np

from bench.common import table
from bench.corpora import default

SIZES = (3_000_000, 20_000_000, 200_000_000)
PATIENCE = 100  # ms that a hybrid query may take at the median
CACHE = 16_000  # MB of a machine's memory that are left for files
DATABASE_MB = 640 / 254_673  # a paper, measured by `bench importing`
EACH = {  # bytes a paper that every query reads, and that it reads a thousand rows of
    "bits": 32, "vectors": 512,
}  # fmt: skip


def main(folders: list[Path]) -> None:
    runs = [json.loads((folder / "measured.json").read_text()) for folder in folders]
    runs.sort(key=lambda run: run["papers"])
    papers = np.array([run["papers"] for run in runs], float)
    names = {
        "words MB": "word index, MB", "vectors MB": "vectors, MB",
        "anonymous MB": "memory of a process, MB", "words p50 ms": "words p50, ms",
        "meaning p50 ms": "meaning p50, ms", "hybrid p50 ms": "hybrid p50, ms",
        "hybrid p99 ms": "hybrid p99, ms", "opening s": "opening after a cold start, s",
        "2,000 new s": "2,000 new papers searchable, s",
    }  # fmt: skip
    slopes = {name: _line(papers, [run[name] for run in runs]) for name in names}
    shown = []
    for name, told in names.items():
        a, b = slopes[name]
        shown.append([told, *(f"{run[name]:,.4g}" for run in runs), f"{a:.3g}", f"{b * 1e6:.3g}",
                      *(f"{max(0.0, a + b * size):,.4g}" for size in SIZES)])  # fmt: skip
    table(
        "Measured, and the lines through it",
        shown,
        ["", *(f"{count:,.0f}" for count in papers), "a", "b a million",
         *(f"computed: {size:,}" for size in SIZES)],
    )  # fmt: skip
    last, needs = runs[-1], []
    for size in SIZES:
        at = {name: max(0.0, a + b * size) for name, (a, b) in slopes.items()}
        hot = at["words MB"] + size * EACH["bits"] / 1e6
        hours = size / 3600 * (1 / last["words papers/s"] + 1 / last["vectors papers/s"])
        machines = max(1, math.ceil(at["hybrid p50 ms"] / PATIENCE), math.ceil(hot / CACHE))
        disk = at["words MB"] + at["vectors MB"] + size * DATABASE_MB
        needs.append([f"{size:,}", f"{at['anonymous MB'] / 1000:.1f}", f"{hot / 1000:.1f}",
                      f"{disk / 1000:,.0f}", f"{at['hybrid p50 ms']:,.0f}",
                      f"{at['hybrid p99 ms']:,.0f}", f"{hours:.1f}", machines])  # fmt: skip
    table(
        "What it needs on machines like the one measured on",
        needs,
        ["papers", "memory of a process, GB", "files that every query reads, GB",
         "disk with the database, GB", "hybrid p50 on one machine, ms", "p99, ms",
         "indexes built anew on one machine, h",
         f"machines for p50 under {PATIENCE} ms and {CACHE / 1000:.0f} GB of files each"],
    )  # fmt: skip


def _line(papers: np.ndarray, values: list[float]) -> tuple[float, float]:
    """a and b of a + b * papers, by least squares."""
    slope, start = np.polyfit(papers, np.array(values, float), 1)
    return float(start), float(slope)


if __name__ == "__main__":
    given = [Path(name) for name in sys.argv[1:]]
    main(given or [default(made).folder for made in (0, 1_000_000, 3_000_000)])
