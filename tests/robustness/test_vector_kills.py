"""kill -9 and a full disk while vectors are appended, compacted and made anew.

What is there at once is the state of a commit, whole; after going on it is that of an
undisturbed run: no vector without its paper, no paper without its vector, none twice.
"""

import resource
import subprocess
import sys
from functools import cache

import pytest

from tests.robustness.vector_changes import LAST, main, open_index, state, wanted_state

wanted = cache(wanted_state)


def run(folder, *arguments, **named) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "tests.robustness.vector_changes", str(folder), *arguments],
        capture_output=True, text=True, timeout=120, **named,
    )  # fmt: skip


def assert_whole(folder):
    found = state(folder)
    assert found == (wanted(found[0]) if found[0] else (0, 0, {}))
    if found[1]:
        assert open_index(folder).meaning("graph", limit=10).ids


def assert_goes_on(folder):
    main(folder, state(folder)[0] + 1)  # by one change: a rebuild would hide what is wrong
    assert_whole(folder)
    done = run(folder)
    assert done.returncode == 0, done.stderr
    assert state(folder) == wanted(LAST)
    [generation] = [path for path in (folder / "vectors").iterdir() if path.is_dir()]
    assert open_index(folder)._read().generation == generation


@pytest.mark.parametrize(
    ("call", "number"),
    [
        ("embed", 20),  # rows are written that do not count yet
        ("embed", 62),  # in a rebuild
        ("fsync", 6),  # a generation is there, but not in use
        ("fsync", 40),
        ("replace", 9),  # rows are on the disk, the manifest is not
        ("rmtree", 1),  # a new generation is in use, the old one still there
        ("rmtree", 2),
    ],
)
def test_killed_and_run_again(call, number, tmp_path):
    assert run(tmp_path, call, str(number)).returncode == -9
    assert_whole(tmp_path)
    assert_goes_on(tmp_path)


@pytest.mark.parametrize("kilobytes", [4, 40, 150, 220])
def test_a_full_disk(kilobytes, tmp_path):
    """No file may grow beyond some size: what a full disk does, at different stages."""
    limit = kilobytes * 1000
    done = run(tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit,) * 2))
    assert "File too large" in done.stderr
    assert_whole(tmp_path)
    assert_goes_on(tmp_path)
