"""Fifty kill -9s at random moments of harvests of 20,000 records: each harvest is started again
until it ends, and then its state must equal that of an undisturbed one, row by row and document by
document."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.common import table
from bench.harvest import served
from tests.fixtures import papertide
from tests.robustness.state import catalogue_state, harvest_state, index_state

KILLS, RECORDS, SEED = 50, 20_000, 11
COMMAND = ("harvest", "arxiv-oai")


def main() -> None:
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="papertide-bench-") as name, served(RECORDS) as address:
        place = Path(name)
        started = time.perf_counter()
        assert papertide(*COMMAND, data=place / "clean", env=address).returncode == 0
        whole = time.perf_counter() - started
        wanted = _state(place / "clean")
        harvests = equal = killed = 0
        while killed < KILLS:
            harvests += 1
            data = place / f"killed-{harvests}"
            while not _ended(data, address, chance.uniform(0.5, whole / 2)):
                killed += 1
            equal += _state(data) == wanted
    table(
        f"kill -9 of harvests of {RECORDS:,} records ({whole:.1f} s undisturbed)",
        [[killed, harvests, equal]],
        ["kills", "harvests", "equal to an undisturbed one"],
    )


def _ended(data: Path, address: dict[str, str], seconds: float) -> bool:
    """Run the harvest, killed after so long; whether it came to its end before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "papertide", *COMMAND],
        env={**os.environ, **address, "PAPERTIDE_DATA": str(data)},
        stderr=subprocess.DEVNULL,
    )
    try:
        code = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return False
    assert code == 0, f"the harvest ended with {code}"
    return True


def _state(data: Path) -> tuple:
    return catalogue_state(data), harvest_state(data), index_state(data)


if __name__ == "__main__":
    main()
