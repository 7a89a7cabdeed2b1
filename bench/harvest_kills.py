"""Fifty kill -9s of a harvest of 20,000 records at random moments: after each, and one run to the
end, the state must equal that of an undisturbed run, row by row and document by document."""

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
        equal = killed = 0
        for number in range(KILLS):
            data = place / f"killed-{number}"
            process = subprocess.Popen(
                [sys.executable, "-m", "papertide", *COMMAND],
                env={**os.environ, **address, "PAPERTIDE_DATA": str(data)},
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
            try:
                process.wait(timeout=chance.uniform(0.5, whole))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                killed += 1
            done = papertide(*COMMAND, data=data, env=address)
            assert done.returncode == 0, done.stderr
            equal += _state(data) == wanted
    table(
        f"kill -9 of a harvest of {RECORDS:,} records ({whole:.1f} s undisturbed)",
        [[KILLS, killed, equal]],
        ["runs", "killed before the end", "equal to an undisturbed run"],
    )


def _state(data: Path) -> tuple:
    return catalogue_state(data), harvest_state(data), index_state(data)


if __name__ == "__main__":
    main()
