"""Thirty kill -9s of an import at random moments: after each, and one run to the end, the state
must equal that of an undisturbed run, row by row and document by document."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.common import table
from tests.fixtures import papertide, rows_of_papers, write_rows
from tests.robustness.state import catalogue_state, index_state

KILLS, ROWS, SEED = 30, 5_000, 7


def main() -> None:
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="papertide-bench-") as name:
        place = Path(name)
        rows = write_rows(place / "rows.jsonl", rows_of_papers(ROWS))
        clean = place / "clean"
        started = time.perf_counter()
        assert papertide("import", str(rows), data=clean).returncode == 0
        whole = time.perf_counter() - started
        wanted = catalogue_state(clean), index_state(clean)
        equal = killed = 0
        for number in range(KILLS):
            data = place / f"killed-{number}"
            process = subprocess.Popen(
                [sys.executable, "-m", "papertide", "import", str(rows)],
                env={**os.environ, "PAPERTIDE_DATA": str(data)}, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            try:
                process.wait(timeout=chance.uniform(0.2, whole))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                killed += 1
            done = papertide("import", str(rows), data=data)
            assert done.returncode == 0, done.stderr
            equal += (catalogue_state(data), index_state(data)) == wanted
    table(
        f"kill -9 of an import of {ROWS:,} rows ({whole:.1f} s undisturbed)",
        [[KILLS, killed, equal]],
        ["runs", "killed before the end", "equal to an undisturbed run"],
    )


if __name__ == "__main__":
    main()
