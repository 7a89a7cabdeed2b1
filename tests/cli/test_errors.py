"""What goes wrong ends in a sentence with the next step: 1 after an error, 2 after one of usage."""

import os

import pytest

from papertide.cli import errors
from tests.fixtures import papertide


def sentence(*arguments, data, code, **named) -> str:
    done = papertide(*arguments, data=data, **named)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["serch", "x"], ["Did you mean 'search', 'searches'?", "See: papertide --help"]),
        (["index", "rebiuld"], ["Did you mean 'rebuild'?", "See: papertide index --help"]),
        (["search"], ["Missing argument 'WORDS...'", "See: papertide search --help"]),
        (["search", "x", "--by", "magic"], ["'hybrid', 'words', 'meaning'"]),
        (["search", "x", "--since", "soon"], ["'soon' is no day like 2025-03-17"]),
        (["search", "x", "--limt", "3"], ["--limit"]),
        (["search", "x", "--data", "there"], ["papertide --data FOLDER search"]),
        (["similar"], ["--text"]),
    ],
)
def test_usage(arguments, parts, tmp_path):
    said = sentence(*arguments, data=tmp_path, code=2)
    assert all(part in said for part in parts)


def test_a_data_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        said = sentence("today", data=place, code=1)
        assert f"The data folder {place} cannot be used" in said
        assert "papertide --data FOLDER" in said


def test_import_of_what_is_no_file(tmp_path):
    (tmp_path / "papers.jsonl").touch()
    data = tmp_path / "data"
    said = sentence("import", str(tmp_path / "paper.jsonl"), data=data, code=1)
    assert f"Did you mean {tmp_path / 'papers.jsonl'}?" in said
    said = sentence("import", str(tmp_path), data=data, code=1)
    assert f"papertide import {tmp_path}/*" in said


def test_what_we_did_not_foresee_asks_for_a_report(monkeypatch):
    said = errors._sentence(ZeroDivisionError("by nought"))
    assert "ZeroDivisionError: by nought" in said
    assert "PAPERTIDE_DEBUG=yes" in said
    monkeypatch.setenv("PAPERTIDE_DEBUG", "yes")
    with pytest.raises(ZeroDivisionError):
        errors._sentence(ZeroDivisionError())


def test_a_full_disk(tmp_path):
    said = errors._sentence(OSError(28, os.strerror(28), str(tmp_path)))
    assert said.startswith("The disk is full")
    assert "run the same command again" in said


def test_doctor_looks_at_the_folder_of_data(tmp_path):
    """Whatever the environment says."""
    done = papertide("--data", str(tmp_path / "wanted"), "doctor", data=tmp_path / "other")
    assert f"data folder: {tmp_path / 'wanted'}" in done.stdout
    assert not (tmp_path / "other").exists()
