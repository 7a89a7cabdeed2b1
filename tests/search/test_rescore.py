"""Ranking the first papers again: the new order, and what is kept of vectors."""

import sqlite3

import msgspec
import numpy as np
import pytest

from papertide.embedding import ModelError
from papertide.search.engine import Candidates
from papertide.search.language_model import LanguageModel
from papertide.search.rescore import FIRST, Rescorer, _Remembering, open_rescorer
from papertide.search.similarity import Similarity
from tests.search.embedder import WordsEmbedder, make_document


class Counting(WordsEmbedder):
    """Remembers the texts it was given, a list a call."""

    def __init__(self, *arguments, **about):
        super().__init__(*arguments, **about)
        self.calls = []

    def embed(self, texts):
        self.calls.append(list(texts))
        return super().embed(texts)


PAPERS = [
    make_document(1, "Speech", abstract="robot video"),
    make_document(2, "Robot policy", abstract="reward policy"),
    make_document(3, "Graph kernel", abstract="graph kernel graph"),
]
FOUND = Candidates(ids=[1, 2, 3], scores=[3.0, 2.9, 2.8], total=70)
QUERY = "graph kernel"


@pytest.fixture
def embedder():
    return Counting()


@pytest.fixture
def rescorer(embedder, tmp_path):
    return Rescorer(Similarity(embedder, tmp_path))


def kept(folder):
    (file,) = folder.glob("rescorer-*.sqlite3")
    return file


def test_what_the_encoder_finds_nearest_comes_first(rescorer):
    again = rescorer.rank(QUERY, FOUND, PAPERS)
    assert again.ids[0] == 3
    assert sorted(again.ids) == FOUND.ids
    assert again.scores == sorted(again.scores, reverse=True)
    assert again.total == 70
    assert rescorer.rank(QUERY, FOUND, PAPERS[::-1]) == again
    # Without a weight the ranking before it stands.
    assert rescorer.rank(QUERY, FOUND, PAPERS, weight=0).ids == FOUND.ids


def test_a_sure_ranking_is_heard(rescorer):
    sure = Candidates(ids=[1, 2, 3], scores=[9.0, 1.0, 1.0], total=3)
    assert rescorer.rank(QUERY, sure, PAPERS, weight=0.1).ids[0] == 1


def test_those_behind_keep_their_order_below_the_first(rescorer):
    papers = [make_document(number) for number in range(1, FIRST + 21)]
    ids = [paper.id for paper in papers]
    found = Candidates(ids=ids, scores=[100.0 - n for n in ids], total=900)
    again = rescorer.rank("graph of a robot", found, papers)
    assert again.ids[FIRST:] == ids[FIRST:]
    assert sorted(again.ids[:FIRST]) == ids[:FIRST] != again.ids[:FIRST]
    assert again.scores == sorted(again.scores, reverse=True)
    assert len(set(again.scores[FIRST:])) == 20
    assert again.scores[FIRST] < again.scores[FIRST - 1]
    assert again.total == 900


def test_a_paper_that_is_gone_meanwhile_falls_behind(rescorer):
    again = rescorer.rank(QUERY, FOUND, [PAPERS[0], PAPERS[2]])
    assert again.ids == [3, 1, 2]


def test_vectors_of_papers_are_kept(rescorer, embedder, tmp_path):
    first = rescorer.rank(QUERY, FOUND, PAPERS)
    texts = ["Speech. robot video", "Robot policy. reward policy",
             "Graph kernel. graph kernel graph"]  # fmt: skip
    assert embedder.calls == [[QUERY], texts]
    # A second time, and in another process: only the query is embedded.
    for held in (rescorer, Rescorer(Similarity(embedder, tmp_path))):
        embedder.calls.clear()
        again = held.rank(QUERY, FOUND, PAPERS)
        assert embedder.calls == [[QUERY]]
        assert again == first


def test_a_changed_text_is_encoded_again_and_alone(rescorer, embedder):
    rescorer.rank(QUERY, FOUND, PAPERS)
    embedder.calls.clear()
    changed = make_document(1, "Graph kernel", abstract="kernel")
    again = rescorer.rank(QUERY, FOUND, [changed, *PAPERS[1:]])
    assert embedder.calls == [[QUERY], ["Graph kernel. kernel"]]
    assert again.ids == [1, 3, 2]
    embedder.calls.clear()
    rescorer.rank(QUERY, FOUND, [changed, *PAPERS[1:]])
    assert embedder.calls == [[QUERY]]


def test_vectors_of_another_dimension_are_not_used(rescorer, tmp_path):
    rescorer.rank(QUERY, FOUND, PAPERS)
    other = Counting(32)
    again = Rescorer(Similarity(other, tmp_path)).rank(QUERY, FOUND, PAPERS)
    assert len(other.calls[1]) == 3
    assert again.ids[0] == 3


def test_another_model_has_a_file_of_its_own(rescorer, tmp_path):
    rescorer.rank(QUERY, FOUND, PAPERS)
    other = Counting(checksum="f" * 64)
    Rescorer(Similarity(other, tmp_path)).rank(QUERY, FOUND, PAPERS)
    assert len(other.calls[1]) == 3
    assert len(list(tmp_path.glob("rescorer-*.sqlite3"))) == 2


def test_fewer_than_two_papers_stay_as_they_are(rescorer, embedder):
    none, one = (
        Candidates(ids=FOUND.ids[:n], scores=FOUND.scores[:n], total=n) for n in range(2)
    )
    assert rescorer.rank(QUERY, none, []) == none
    assert rescorer.rank(QUERY, one, PAPERS) == one
    assert rescorer.rank(QUERY, FOUND, []) == FOUND
    assert embedder.calls == []


def test_a_query_the_encoder_does_not_know_changes_nothing(rescorer, embedder, tmp_path):
    assert rescorer.rank("gibberish", FOUND, PAPERS) == FOUND
    assert embedder.calls == [["gibberish"]]
    assert not list(tmp_path.iterdir())


def test_papers_the_encoder_does_not_know_keep_their_order(rescorer):
    papers = [make_document(number, "Gibberish", abstract="") for number in (1, 2, 3)]
    again = rescorer.rank(QUERY, FOUND, papers)
    assert again.ids == FOUND.ids
    assert np.isfinite(again.scores).all()


@pytest.mark.parametrize("body", [b"", b"no database at all" * 99])
def test_a_damaged_file_is_made_anew(rescorer, body, tmp_path):
    first = rescorer.rank(QUERY, FOUND, PAPERS)
    file = kept(tmp_path)
    file.write_bytes(body)
    assert rescorer.rank(QUERY, FOUND, PAPERS).ids == first.ids
    with sqlite3.connect(file) as vectors:
        assert vectors.execute("SELECT count(*) FROM vectors").fetchone() == (3,)


def test_a_folder_that_cannot_be_written_to_costs_only_time(embedder, tmp_path):
    missing = Rescorer(Similarity(embedder, tmp_path / "not" / "there"))
    for _ in range(2):
        embedder.calls.clear()
        assert missing.rank(QUERY, FOUND, PAPERS).ids[0] == 3
        assert len(embedder.calls[1]) == 3


class Told:
    """A judge that says what it is told to, and counts."""

    weight = 1.0

    def __init__(self, *answers, first=50):
        self.answers, self.first, self.asked = list(answers), first, 0

    def scores(self, text, documents):
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return None if answer is None else np.array(answer[: len(documents)], np.float32)


def test_the_judge_takes_the_place_of_meaning_and_not_of_words():
    both = msgspec.structs.replace(FOUND, by_words=[0.0, 0.0, 1.0])
    # As scores of words and meaning together, the first would stay the first.
    assert Rescorer(Told([1, 1, 1])).rank(QUERY, FOUND, PAPERS).ids == [1, 2, 3]
    again = Rescorer(Told([1, 1, 1])).rank(QUERY, both, PAPERS)
    assert again.ids == [3, 1, 2]
    assert again.scores == [1, 0, 0]


def test_where_the_judge_fails_the_ranking_before_it_stands(caplog):
    rescorer = Rescorer(Told(ModelError("it is asleep"), None))
    assert rescorer.rank(QUERY, FOUND, PAPERS) == FOUND
    assert "not ranked again: it is asleep" in caplog.text
    assert rescorer.rank(QUERY, FOUND, PAPERS) == FOUND


def test_only_so_many_are_judged_as_the_judge_can_take():
    again = Rescorer(Told([1, 9, 9], first=2)).rank(QUERY, FOUND, PAPERS, weight=2)
    assert again.ids == [2, 1, 3]


def test_a_slow_judge_is_not_asked_twice():
    judge = Told([1, 2, 3], [3, 2, 1], [1, 1, 1])
    rescorer = Rescorer(_Remembering(judge))
    first = rescorer.rank(QUERY, FOUND, PAPERS)
    assert rescorer.rank(QUERY, FOUND, PAPERS) == first
    assert judge.asked == 1
    changed = [make_document(1, "Graph kernel"), *PAPERS[1:]]
    assert rescorer.rank(QUERY, FOUND, changed) != first
    rescorer.rank("another", FOUND, PAPERS)
    assert judge.asked == 3
    # What failed is asked again.
    failing = Rescorer(_Remembering(Told(ModelError("asleep"), [1, 2, 9])))
    assert failing.rank(QUERY, FOUND, PAPERS) == FOUND
    assert failing.rank(QUERY, FOUND, PAPERS) != FOUND


def test_what_a_setting_opens(tmp_path):
    chat = open_rescorer("http://127.0.0.1:9/v1/chat/completions#tiny", tmp_path)
    assert chat.first == LanguageModel.first == 20
    assert isinstance(open_rescorer("", tmp_path).judge, Similarity)
    with pytest.raises(ModelError, match="papertide model train"):
        open_rescorer(str(tmp_path), tmp_path)
