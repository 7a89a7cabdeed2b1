"""papertide eval search, and taste."""

import json
import re

import pytest

from tests.evaluation.made import make_collection, make_libraries
from tests.fixtures import papertide


def test_a_collection(tmp_path):
    folder = make_collection(tmp_path / "tiny")
    done = papertide("eval", "search", "--data", str(folder), "--json", data=tmp_path / "data")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert list(found) == ["tiny"]
    assert list(found["tiny"]) == ["bm25s", "words", "meaning", "hybrid"]
    for figures in found["tiny"].values():
        assert figures["ndcg@10"].keys() == {"mean", "low", "high"}
        assert figures["recall@100"]["mean"] > 0
    shown = papertide("eval", "search", "--data", str(folder), data=tmp_path / "data").stdout
    assert "tiny: 40 documents, 6 queries" in shown
    mean = found["tiny"]["words"]["ndcg@10"]["mean"]
    assert re.search(rf"words\W+{mean:.3f}", shown)


@pytest.mark.parametrize("place", ["", "not/there"])
def test_a_folder_without_one(tmp_path, place):
    done = papertide("eval", "search", "--data", str(tmp_path / place), data=tmp_path / "data")
    assert done.returncode == 1
    assert "holds no collection in BEIR form with a test split" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_model_that_is_not_one(tmp_path):
    folder = str(make_collection(tmp_path / "tiny"))
    for option in ("--model", "--rescorer"):
        done = papertide("eval", "search", "--data", folder, option, str(tmp_path / "none"),
                         data=tmp_path / "data")  # fmt: skip
        assert done.returncode == 1
        assert "papertide model train" in done.stderr
        assert "Traceback" not in done.stderr


def test_taste(tmp_path):
    make_libraries(tmp_path / "shared" / "data")
    asked = ("eval", "taste", "--on", "libraries", "--split", "tune", "--readers", "3")
    env = {"PAPERTIDE_SHARED": str(tmp_path / "shared")}
    done = papertide(*asked, "--json", data=tmp_path / "data", env=env)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["libraries"]
    assert found["readers"] == 3 and {"random", "arxiv-sanity-lite", "ours"} <= set(found["ways"])
    shown = papertide(*asked, data=tmp_path / "data", env=env).stdout
    assert "libraries: 3 readers, 6 tasks, 60 papers" in shown
    assert "ours against nearest three" in shown
