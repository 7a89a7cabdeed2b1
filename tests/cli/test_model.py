"""papertide model train, show."""

import json

from tests.fixtures import papertide, rows_of_papers, write_rows


def run(*arguments, data, code=0):
    done = papertide("model", *arguments, data=data)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_show(tmp_path):
    shown = run("show", data=tmp_path).stdout
    held = json.loads(run("show", "--json", data=tmp_path).stdout)
    assert held["checksum"] in shown
    assert held["name"] == "papertide-static-1"
    assert "papertide model train" in run("show", str(tmp_path), data=tmp_path, code=1).stderr


def test_train_on_files_and_on_the_catalogue(tmp_path):
    rows = str(write_rows(tmp_path / "rows", rows_of_papers(300)))
    done = run("train", "--out", str(tmp_path / "a"), "--epochs", "2", "--json", rows,
               data=tmp_path / "data")  # fmt: skip
    made = json.loads(done.stdout)
    assert (made["papers"], made["trained_on"], made["licence"]) == (270, "rows", "")
    assert "held-out titles" in done.stderr
    assert json.loads(run("show", str(tmp_path / "a"), "--json", data=tmp_path).stdout) == made
    few = run("train", "--out", str(tmp_path / "b"), data=tmp_path / "data", code=1)
    assert "papertide import" in few.stderr
    assert papertide("import", rows, data=tmp_path / "data").returncode == 0
    done = run("train", "--out", str(tmp_path / "b"), "--epochs", "1", "--name", "ours", "--seed",
               "1", "--rate", "0.01", "--minutes", "1", data=tmp_path / "data")  # fmt: skip
    assert "own catalogue" in done.stdout
    assert "ours" in done.stdout


def test_a_file_that_is_not_there(tmp_path):
    done = run("train", "--out", str(tmp_path / "a"), "/not/there", data=tmp_path, code=1)
    assert "No such file" in done.stderr
