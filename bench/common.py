"""What the benches share: where the real data is, percentiles, tables, a filled library."""

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path


def shared() -> Path:
    """The folder of real data; ends the bench with a clear message where there is none."""
    folder = Path(os.environ.get("PAPERTIDE_SHARED") or Path(__file__).parents[2] / "shared")
    if not (folder / "data").is_dir():
        sys.exit(f"The benches need the shared data: set PAPERTIDE_SHARED (looked in {folder})")
    return folder / "data"


def arxiv_files() -> list[Path]:
    """Both arXiv files: 266,443 rows, 254,673 papers."""
    folder = shared() / "arxiv"
    return [folder / "archive_cs_stat_eess.jsonl.xz", folder / "announcements.jsonl.xz"]


def folder() -> Path:
    """The data folder that benches fill once and share: PAPERTIDE_BENCH, else in the temp dir."""
    default = Path(tempfile.gettempdir()) / "papertide-bench"
    return Path(os.environ.get("PAPERTIDE_BENCH") or default)


def filled_library():
    """The library of all 254,673 papers, imported on first use (about a minute and a half)."""
    import papertide

    library = papertide.open_library(folder())
    if library.count() < 254_673:
        print("filling the bench's library…", file=sys.stderr)
        library.import_files(arxiv_files())
    return library


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0-1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(title: str, rows: Sequence[Sequence], heads: Sequence[str]) -> None:
    """Print a Markdown table, as the docs quote it."""
    print(f"\n### {title}\n\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for row in rows:
        print(f"| {' | '.join(str(value) for value in row)} |")
    sys.stdout.flush()
