"""kill -9 and a full disk while another model's vectors are made.

At once, either the former vectors are in use, whole, and their model answers, or the new ones are.
After going on all is as undisturbed, and little was embedded twice.
"""

import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from papertide.embedding.base import document_vectors
from papertide.search import vector_files
from tests.robustness.renewal_changes import COUNT, EMBEDDED, finder, papers
from tests.search.embedder import WordsEmbedder
from tests.search.test_renewal import agrees

QUERY = "graph kernel"


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Path:
    """An index by the old model."""
    folder = tmp_path_factory.mktemp("old")
    finder(folder, "old").catch_up(papers())
    return folder


def run(folder, *arguments, **named) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "tests.robustness.renewal_changes", str(folder), *arguments],
        capture_output=True, text=True, timeout=120, **named,
    )  # fmt: skip


def assert_answers(folder) -> str:
    """Whose vectors are in use; they are all there."""
    found = finder(folder)
    index, log = found.vectors, papers()
    assert index.ids().tolist() == sorted(log.papers)
    assert found.find(QUERY, mode="meaning", limit=5).notice == ""
    documents = list(log.all_documents())
    model = WordsEmbedder(index.embedder.dimension)
    wanted = document_vectors(model, [(d.title, d.abstract) for d in documents])
    assert abs(index.vectors(sorted(log.papers)) - wanted).max() < 1e-3
    return index.embedder.name


def assert_goes_on(folder, twice: int) -> None:
    done = run(folder)
    assert done.returncode == 0, done.stderr
    assert agrees(finder(folder), papers(), WordsEmbedder(32, name="new"))
    texts = (folder / EMBEDDED).read_text().splitlines()
    assert len([text for text in texts if text != QUERY]) <= COUNT + twice


@pytest.mark.parametrize(
    ("call", "number", "in_use"),
    [
        ("embed", 1, "old"),
        ("embed", 16, "old"),  # rows are written that do not count yet
        ("replace", 1, "old"),  # a generation is there that nothing names
        ("replace", 9, "old"),  # rows are on the disk, the manifest is not
        ("fsync", 70, "old"),
        ("rmtree", 1, "old"),  # what is compacted takes the place of what was begun
        ("rmtree", 2, "new"),  # the new ones are in use, the former ones still there
        ("unlink", 1, "new"),  # they are in use, and also still to come
    ],
)
def test_killed_and_run_again(call, number, in_use, begun, tmp_path):
    folder = shutil.copytree(begun, tmp_path / "index")
    assert run(folder, call, str(number)).returncode == -9
    assert assert_answers(folder) == in_use
    if in_use == "old":
        assert_goes_on(folder, twice=200)
    else:
        assert vector_files.current(folder / "vectors", vector_files.NEXT) is None
        assert not finder(folder).renewable()
        finder(folder).catch_up(papers())
        assert agrees(finder(folder), papers(), WordsEmbedder(32, name="new")), "what was left over"
        assert_goes_on(folder, twice=0)


def test_killed_again_and_again(begun, tmp_path):
    """However often it is killed, it comes to its end, and the bill is bounded."""
    folder = shutil.copytree(begun, tmp_path / "index")
    kills = 0
    while run(folder, "embed", "8").returncode == -9:
        kills += 1
        assert assert_answers(folder) == "old"
    assert kills > 2
    assert_goes_on(folder, twice=kills * 200)


@pytest.mark.parametrize("kilobytes", [1, 30, 100])
def test_a_full_disk(kilobytes, begun, tmp_path):
    """No file may grow beyond some size: what a full disk does, at different stages."""
    folder = shutil.copytree(begun, tmp_path / "index")
    limit = kilobytes * 1000
    done = run(folder, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit,) * 2))
    assert "File too large" in done.stderr
    assert assert_answers(folder) == "old"
    assert_goes_on(folder, twice=COUNT)
