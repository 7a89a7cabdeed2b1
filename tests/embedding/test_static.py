"""The static model: what it makes of texts, and folders that it must refuse."""

import shutil

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papertide import embedding
from papertide.embedding import static
from papertide.embedding.base import (
    TITLE,
    ModelError,
    document_text,
    document_vectors,
    stream,
)

PIECES = ["graph", "neural", "s", "g", "r", "a", "p", "h"]


def about(**changed):
    return static.About(name="tiny", dimensions=[8, 4], pieces=8, buckets=4, **changed)


@pytest.fixture
def folder(tmp_path):
    values = np.random.default_rng(0).standard_normal((12, 8), np.float32)
    values[3] = 0
    static.save(tmp_path / "tiny", about(), PIECES, values)
    return tmp_path / "tiny"


def test_vectors_are_of_length_one_and_those_of_nothing_known_zero(folder):
    model = static.load(folder)
    vectors = model.embed(["neural graphs", "", "字", "graph", "…"])
    assert (vectors.dtype, vectors.shape) == (np.float32, (5, 8))
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 0, 1, 0])
    assert model.embed([]).shape == (0, 8)
    assert model.embed(["g"]).tolist() == [[0.0] * 8]  # a row of zeros is no number either way


def test_a_shorter_vector_is_a_prefix(folder):
    whole = static.load(folder).embed(["neural graphs"])[:, :4]
    short = static.load(folder, 4)
    assert short.dimension == 4
    assert short.embed(["neural graphs"]) == pytest.approx(whole / np.linalg.norm(whole))
    with pytest.raises(ModelError, match=r"\[8, 4\]"):
        static.load(folder, 5)


def test_vectors_do_not_depend_on_the_company(folder, monkeypatch):
    texts = ["neural graphs", "", "graph " * 50, "rap", "harp sap " * 20] * 3
    alone = np.concatenate([static.load(folder).embed([text]) for text in texts])
    monkeypatch.setattr(static, "_CHUNK_TEXTS", 4)
    monkeypatch.setattr(static, "_CHUNK_LETTERS", 100)
    assert static.load(folder).embed(texts) == pytest.approx(alone, abs=1e-6)
    chunks = list(stream(static.load(folder), enumerate(texts), chunk=4))
    assert [keys for keys, _ in chunks][-1] == [12, 13, 14]
    assert np.concatenate([rows for _, rows in chunks]) == pytest.approx(alone, abs=1e-6)


def test_order_and_case_do_not_matter_and_more_of_a_word_draws_nearer(folder):
    model = static.load(folder)
    one, other, more, graph = model.embed(
        ["neural graph", "Graph NEURAL", "graph graph graph neural", "graph"]
    )
    assert one == pytest.approx(other)
    assert one @ graph < more @ graph < 1


def test_the_table_holds_rows_to_a_127th(folder):
    model = static.load(folder)
    values = np.random.default_rng(0).standard_normal((12, 8), np.float32)
    row = values[0] / np.linalg.norm(values[0])
    assert model.embed(["graph"])[0] == pytest.approx(row, abs=0.01)


@given(st.lists(st.text(max_size=80), max_size=5))
@settings(deadline=None, max_examples=50)
def test_any_text_has_a_vector_of_length_one_or_zero(texts):
    lengths = np.linalg.norm(PACKAGED.embed(texts), axis=1)
    assert np.all((np.abs(lengths - 1) < 1e-5) | (lengths == 0))


def test_a_megabyte_and_other_scripts(folder):
    vectors = PACKAGED.embed(["graph neural " * 80_000, "графы 字 γράφος", "a" * 10**6])
    assert np.isfinite(vectors).all()
    assert vectors[0] == pytest.approx(PACKAGED.embed(["neural graph"])[0], abs=1e-5)


def test_a_checksum_says_which_model(folder, tmp_path):
    assert static.load(folder).checksum == static.load(folder, 4).checksum
    values = np.random.default_rng(1).standard_normal((12, 8), np.float32)
    static.save(tmp_path / "other", about(), PIECES, values)
    assert static.load(folder).checksum != static.load(tmp_path / "other").checksum


# --- folders that are refused ----------------------------------------------------------------


def refused(folder, reason):
    with pytest.raises(ModelError, match=reason) as caught:
        static.load(folder)
    assert "papertide model train" in str(caught.value)


def test_a_folder_that_is_none(tmp_path):
    refused(tmp_path, "no model in")
    refused(tmp_path / "nowhere", "no model in")
    (tmp_path / "file").write_text("hello")
    refused(tmp_path / "file", "no model in")


@pytest.mark.parametrize("name", ["table.npy", "scales.npy", "vocabulary.txt"])
@pytest.mark.parametrize("keep", [0, 10, -1])
def test_truncated_files(folder, name, keep):
    file = folder / name
    file.write_bytes(file.read_bytes()[:keep])
    refused(folder, "damaged")


@pytest.mark.parametrize("name", ["table.npy", "scales.npy", "vocabulary.txt"])
def test_missing_and_changed_files(folder, name):
    body = bytearray((folder / name).read_bytes())
    body[-3] ^= 1
    (folder / name).write_bytes(body)
    refused(folder, "checksum")
    (folder / name).unlink()
    refused(folder, f"damaged: No such file.*{name}")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"kind": 5}', b"{}"])
def test_a_damaged_model_json(folder, body):
    (folder / "model.json").write_bytes(body)
    refused(folder, "damaged|another kind")


def change(folder, **changed):
    held = msgspec.json.decode((folder / "model.json").read_bytes())
    (folder / "model.json").write_bytes(msgspec.json.encode(held | changed))


@pytest.mark.parametrize("version", [2, 0, "1", None])
def test_another_version(folder, version):
    change(folder, version=version)
    refused(folder, "of version")


@pytest.mark.parametrize(
    "changed",
    [{"dimensions": []}, {"dimensions": [4, 8]}, {"dimensions": [8, 0]}, {"dimensions": [16]},
     {"pieces": 7}, {"buckets": 5}, {"buckets": -1}, {"name": None}],
)  # fmt: skip
def test_a_model_json_that_does_not_fit(folder, changed):
    change(folder, **changed)
    refused(folder, "damaged")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_scales_that_are_no_numbers(folder, bad):
    scales = np.load(folder / "scales.npy")
    scales[5] = bad
    np.save(folder / "scales.npy", scales)
    _sign(folder)
    refused(folder, "no numbers")


@pytest.mark.parametrize(
    "array", [np.zeros((12, 8)), np.zeros((3, 8), np.int8), np.array([{"a": 1}], dtype=object)]
)
def test_a_table_of_another_kind(folder, array):
    np.save(folder / "table.npy", array, allow_pickle=True)
    _sign(folder)
    refused(folder, "damaged")


def test_a_vocabulary_with_a_piece_twice(folder):
    (folder / "vocabulary.txt").write_text("\n".join(["a"] * 8) + "\n")
    _sign(folder)
    refused(folder, "twice")


def _sign(folder):
    import hashlib

    files = ("vocabulary.txt", "table.npy", "scales.npy")
    body = b"".join((folder / name).read_bytes() for name in files)
    change(folder, checksum=hashlib.sha256(body).hexdigest())


def test_nan_is_never_saved(tmp_path):
    values = np.zeros((12, 8), np.float32)
    values[2, 3] = np.nan
    with pytest.raises(ModelError, match="rate"):
        static.save(tmp_path, about(), PIECES, values)
    assert not list(tmp_path.iterdir())


# --- the packaged model ----------------------------------------------------------------------

PACKAGED = embedding.open_model()


def test_the_packaged_model():
    held = PACKAGED.about
    assert (PACKAGED.dimension, held.dimensions) == (256, [256, 128, 64])
    assert (held.licence, held.kind, held.version) == ("Apache-2.0", static.KIND, static.VERSION)
    assert held.trained_on and held.figures
    assert static.size(static.PACKAGED) < 11e6


def test_the_packaged_model_means_something():
    texts = [
        "learning to rank search results", "information retrieval with neural networks",
        "vehicle detection in aerial images", "object detection from drones",
        "proof of termination for lambda calculus", "strong normalisation of typed terms",
    ]  # fmt: skip
    vectors = PACKAGED.embed(texts)
    scores = vectors @ vectors.T - 2 * np.eye(len(texts))
    assert scores.argmax(axis=1).tolist() == [1, 0, 3, 2, 5, 4]


def test_the_packaged_model_is_in_the_model_card(request):
    card = (request.config.rootpath / "docs" / "model.md").read_text()
    assert PACKAGED.checksum in card
    assert PACKAGED.name in card


def test_open_model(folder, tmp_path):
    assert embedding.open_model(str(folder), 4).dimension == 4
    for where in (str(tmp_path / "nothing"), "no/model"):
        with pytest.raises(ModelError):
            embedding.open_model(where)
    copied = shutil.copytree(static.PACKAGED, tmp_path / "copied")
    assert embedding.open_model(str(copied)).checksum == PACKAGED.checksum


def test_document_text():
    assert document_text("A title", "An abstract.") == "A title. An abstract."
    assert document_text("", "An abstract.") == "An abstract."
    assert document_text("A title", "") == "A title"


def test_a_title_counts_again_in_a_papers_vector():
    title, abstract = "Graph neural networks", "We classify molecules by their atoms."
    both, alone = PACKAGED.embed([document_text(title, abstract), title])
    made = document_vectors(PACKAGED, [(title, abstract), (title, ""), ("", abstract), ("", "")])
    sum_of_both = both + TITLE * alone
    assert made[0] == pytest.approx(sum_of_both / np.linalg.norm(sum_of_both), abs=1e-6)
    assert made[0] @ alone > both @ alone
    assert made[1:] == pytest.approx(PACKAGED.embed([title, abstract, ""]), abs=1e-6)
    assert document_vectors(PACKAGED, []).shape == (0, PACKAGED.dimension)
