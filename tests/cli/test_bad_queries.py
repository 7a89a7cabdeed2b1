"""Bad queries on the command line: an answer or a sentence, and never a traceback."""

import shutil

import pytest

from tests.fixtures import papertide, rows_of_papers, write_rows
from tests.search.queries import BAD

SOME = ["10 kB of words", "999 quotation marks", "500 parentheses with operators",
        "only stop words", "only what is left out", "a regular expression", "control characters",
        "right to left", "a date of words", "two that do", "operators alone",
        "all at once"]  # fmt: skip


@pytest.fixture(scope="module")
def data(migrated_sqlite, tmp_path_factory):
    folder = tmp_path_factory.mktemp("filled") / "data"
    shutil.copytree(migrated_sqlite, folder)
    rows = rows_of_papers(30)
    for row in rows:
        row["title"] = f"Listed {row['title']}, one of many"
    assert papertide("import", str(write_rows(folder / "rows", rows)), data=folder).returncode == 0
    return folder


@pytest.mark.parametrize("name", SOME)
def test_a_bad_query_is_answered_with_a_sentence(data, name):
    query, sentence = BAD[name]
    done = papertide("search", "--", query, data=data)
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr
    assert "\x1b[31m" not in done.stdout + done.stderr
    told = " ".join((done.stderr + done.stdout).split())
    assert told
    if sentence != "No papers":
        assert sentence in told


def test_a_page_that_is_too_far(data):
    done = papertide("search", "listed", "-n", "10000000", data=data)
    assert done.returncode in (0, 2)
    assert "Traceback" not in done.stderr
