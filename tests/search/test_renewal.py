"""Another model: its vectors are made beside those in use, and take their place in one step."""

import threading

import filelock
import numpy as np
import pytest

from papertide.embedding import ModelAway, ModelError
from papertide.embedding.base import document_vectors
from papertide.search import renewal, vector_files, vectors
from papertide.search.finder import NOT_NEAR, WORDS_ALONE, Finder, Former
from papertide.search.renewal import Busy, Cancelled
from papertide.search.vectors import VectorIndex
from tests.search.embedder import WordsEmbedder, make_document
from tests.search.test_catch_up import Log

CATALOG = "a catalogue"


class Papers(Log):
    """A catalogue in memory, of documents that meaning can tell apart."""

    def documents(self, ids):
        for number in sorted(ids):
            if number in self.papers:
                title = self.papers[number]
                yield make_document(number, None if title == "Title" else title)


def told(text: str) -> bool:
    """Whether a text is that of a paper, and not its title alone."""
    return ". " in text


class Counting(WordsEmbedder):
    """A model that knows how many papers it embedded, and does something before some of them.
    Titles, which count once more by themselves, are not counted."""

    def __init__(self, dimension=64, **about):
        super().__init__(dimension, **about)
        self.texts, self.before = [], lambda count: None

    def embed(self, texts):
        for text in filter(told, texts):
            self.before(len(self.texts))
            self.texts.append(text)
        return super().embed(texts)

    def embed_query(self, text):
        return super().embed([text])[0]


@pytest.fixture
def models(monkeypatch):
    """An old model and a new one; what is committed at once is small."""
    monkeypatch.setattr(vectors, "COMMIT_EVERY", 50)
    monkeypatch.setattr(vectors, "_BATCH", 20)
    made = [Counting(name="old", origin="old"), Counting(32, name="new", origin="new")]
    return {model.name: model for model in made}


@pytest.fixture
def log(models, tmp_path):
    """A catalogue of 300 papers, with vectors of the old model."""
    log = Papers()
    log.save(*range(1, 301))
    finder(tmp_path, models, "old").catch_up(log)
    return log


def finder(folder, models, wanted):
    def reopen(origin, dimension):
        if origin not in models:
            raise ModelError(f"there is no {origin}")
        return models[origin]

    return Finder(folder, CATALOG, lambda: models[wanted], reopen)


def agrees(found, log, model):
    """Whether the vectors in use are those of a model, of all papers as they are."""
    index = found.vectors
    assert index.embedder.name == model.name
    assert index.ids().tolist() == sorted(log.papers)
    assert index.position() == log.last()
    documents = list(log.all_documents())
    embedder = WordsEmbedder(model.dimension)
    wanted = document_vectors(embedder, [(d.title, d.abstract) for d in documents])
    held = index.vectors([document.id for document in documents])
    assert np.allclose(np.nan_to_num(held), wanted, atol=1e-3)
    assert found.similar([150], limit=3).ids
    folder = index._folder
    assert [path.name for path in folder.iterdir() if path.is_dir()] == [
        vector_files.current(folder).name
    ]
    assert vector_files.current(folder, vector_files.NEXT) is None
    return True


def test_the_former_model_answers_until_the_switch(models, log, tmp_path):
    changed = finder(tmp_path, models, "new")
    reader = finder(tmp_path, models, "new")
    text = make_document(42).abstract
    before = reader.find(text, mode="meaning")
    assert before.ids[0] == 42
    assert before.notice == ""
    assert changed.renewal() == renewal.Renewal(model="new")
    answers = set()

    def look(done, total):
        answers.add(tuple(reader.find(text, mode="meaning").ids))
        state = reader.renewal()
        assert (state.model, state.running, state.wanted) == ("new", True, True)
        assert state.indexed == done
        assert reader.vectors.embedder is models["old"]

    told = []
    changed.renew(log, lambda name, done, total: (told.append((name, done, total)), look(done, 0)))
    assert told[0] == ("vectors", 50, 300)
    assert told[-1] == ("vectors", 300, 300)
    assert answers == {tuple(before.ids)}
    assert reader.vectors.embedder is models["new"], "who was open before notices"
    assert agrees(reader, log, models["new"])
    assert reader.find(text, mode="meaning").ids[0] == 42
    assert reader.renewal() is None
    assert len(models["new"].texts) == 300
    log.save(301)
    reader.catch_up(log)
    assert agrees(changed, log, models["new"])


def test_an_open_reader_ends_with_the_model_it_began_with(models, log, tmp_path):
    reader = finder(tmp_path, models, "new")
    index = reader.vectors
    vector = index.embed("graph kernel")
    before = index.nearest(vector)
    finder(tmp_path, models, "new").renew(log)
    assert index.nearest(vector) == before
    assert np.isfinite(index.scores(vector, before.ids)).all()
    assert reader.vectors is not index


def test_papers_changed_meanwhile(models, log, tmp_path):
    changed, other = (finder(tmp_path, models, "new") for _ in range(2))

    def change(count):
        models["new"].before = lambda count: None
        log.save(3, 290, title="Changed: graph speech")  # one that was read, one that was not
        log.save(301, 302)
        log.delete(5, 280)
        other.catch_up(log)  # the vectors in use keep up
        log.prune(log.last())
        found = other.find("speech", mode="meaning").ids
        assert 5 not in found
        assert {301, 302} <= set(other.vectors.ids().tolist())

    models["new"].before = lambda count: change(count) if count == 170 else None
    changed.renew(log)
    assert agrees(other, log, models["new"])
    assert len(models["new"].texts) < 310


def test_it_goes_on_where_it_stopped(models, log, tmp_path):
    def away(count):
        if count == 170:
            raise ModelAway("the endpoint is away")

    models["new"].before = away
    with pytest.raises(ModelAway):
        finder(tmp_path, models, "new").renew(log)
    again = finder(tmp_path, models, "new")
    state = again.renewal()
    assert state == renewal.Renewal(
        model="new", dimension=32, indexed=150, problem="the endpoint is away"
    )
    assert again.vectors.embedder is models["old"]
    assert again.find("graph", mode="meaning").ids
    models["new"].before, models["new"].texts = lambda count: None, []
    log.save(2, title="Changed")
    again.renew(log)
    assert len(models["new"].texts) == 151
    assert agrees(again, log, models["new"])


def test_setting_the_model_back(models, log, tmp_path):
    def away(count):
        if count == 170:
            raise ModelAway("away")

    models["new"].before = away
    with pytest.raises(ModelAway):
        finder(tmp_path, models, "new").renew(log)
    back = finder(tmp_path, models, "old")
    assert not back.renewable()
    assert (back.renewal().model, back.renewal().wanted) == ("new", False)
    log.save(301)
    back.catch_up(log)  # makes generations of its own; what was begun stays
    assert back.find("graph", mode="meaning").ids
    assert back.renewal().indexed == 150
    assert renewal.cancel(tmp_path)
    assert not renewal.cancel(tmp_path)
    assert back.renewal() is None
    assert agrees(back, log, models["old"])


def test_compaction_of_those_in_use_leaves_what_was_begun(models, log, tmp_path, monkeypatch):
    monkeypatch.setattr(vectors, "_DEAD_FROM", 50)
    models["new"].before = lambda count: compacts(count) if count == 170 else None
    other = finder(tmp_path, models, "new")

    def compacts(count):
        generation = vector_files.current(tmp_path / "vectors")
        log.delete(*range(1, 100))
        other.catch_up(log)
        assert vector_files.current(tmp_path / "vectors") != generation

    finder(tmp_path, models, "new").renew(log)
    assert agrees(other, log, models["new"])


def test_two_processes_never_embed_twice(models, log, tmp_path):
    other = finder(tmp_path, models, "new")

    def try_too(count):
        if count == 100:
            with pytest.raises(Busy):
                other.renew(log)

    models["new"].before = try_too
    wrong = []

    def run():  # FileLock is re-entrant within a thread, and so stands for a process
        try:
            finder(tmp_path, models, "new").renew(log)
        except BaseException as error:
            wrong.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert not wrong
    assert len(models["new"].texts) == 300
    assert agrees(other, log, models["new"])


def test_cancelled_midway(models, log, tmp_path):
    models["new"].before = lambda count: count == 170 and renewal.cancel(tmp_path)
    changed = finder(tmp_path, models, "new")
    with pytest.raises(Cancelled, match="those in use stay"):
        changed.renew(log)
    assert changed.renewal() == renewal.Renewal(model="new")
    assert agrees(finder(tmp_path, models, "old"), log, models["old"])


def test_a_third_model_takes_the_place_of_the_second(models, log, tmp_path):
    def away(count):
        raise ModelAway("away")

    models["new"].before = away
    with pytest.raises(ModelAway):
        finder(tmp_path, models, "new").renew(log)
    models["third"] = Counting(16, name="third", origin="third")
    third = finder(tmp_path, models, "third")
    third.renew(log)
    assert agrees(third, log, models["third"])


def test_a_former_model_that_cannot_be_opened(models, log, tmp_path):
    """Words answer, with a notice; papers are still near to papers; what is new waits."""
    new = {"new": models["new"]}
    left = finder(tmp_path, new, "new")
    text = make_document(42).abstract
    assert isinstance(left.vectors.embedder, Former)
    for mode in ("hybrid", "meaning"):
        found = left.find(text, mode=mode)
        assert found.notice == WORDS_ALONE
        assert 42 in found.ids
    assert left.find(text, mode="words").notice == ""
    assert left.find(text, by_date=True).notice == ""
    near = finder(tmp_path, models, "old").similar([42], limit=3)
    assert left.similar([42], limit=3) == near
    assert left.similar(text=text).notice == NOT_NEAR
    assert left.similar([42], text).ids
    log.save(301)
    assert set(left.catch_up(log)) == {"words"}
    left.renew(log)
    assert left.find(text).notice == ""
    assert agrees(left, log, models["new"])


def test_another_model_in_the_same_place_is_not_taken_for_the_former(models, log, tmp_path):
    models["old"] = Counting(name="old", checksum="f")
    left = finder(tmp_path, models, "new")
    assert isinstance(left.vectors.embedder, Former)


def test_a_rebuild_embeds_all_anew(models, log, tmp_path):
    found = finder(tmp_path, models, "old")
    models["old"].texts = []
    found.rebuild(log)
    assert len(models["old"].texts) == 300
    assert agrees(found, log, models["old"])


def test_a_log_that_tells_not_all_costs_no_embedding(models, log, tmp_path):
    found = finder(tmp_path, models, "old")
    models["old"].texts = []
    log.save(301, title="New")
    log.delete(7)
    log.save(302)
    log.prune(log.last())
    done = found.catch_up(log)
    assert done["vectors"].rebuilt
    assert len(models["old"].texts) == 2
    assert agrees(found, log, models["old"])


def test_broken_vectors_are_replaced(models, log, tmp_path):
    (vector_files.current(tmp_path / "vectors") / "rows.bin").unlink()
    found = finder(tmp_path, models, "new")
    found.renew(log)
    assert agrees(found, log, models["new"])


def test_catching_up_waits_for_a_model_that_is_away(models, log, tmp_path, caplog):
    def away(count):
        if count == 60:
            raise ModelAway("the endpoint is away")

    found = finder(tmp_path, models, "old")
    log.save(*range(301, 501))
    models["old"].texts, models["old"].before = [], away
    done = found.catch_up(log)
    assert done["words"].indexed == 200
    assert "vectors" not in done
    assert "the endpoint is away" in caplog.text
    assert found.vectors.count() == 350, "what was committed stays"
    models["old"].texts, models["old"].before = [], lambda count: None
    found.catch_up(log)
    assert len(models["old"].texts) == 150
    assert agrees(found, log, models["old"])


def test_what_is_slow_is_left_for_later(models, log, tmp_path):
    found = finder(tmp_path, models, "old")
    log.save(301)
    models["old"].slow = True
    assert set(found.catch_up(log, slow=False)) == {"words"}
    with filelock.FileLock(tmp_path / "vectors/lock"):
        thread = threading.Thread(target=lambda: found.catch_up(log, patience=0))
        thread.start()
        thread.join()
    assert found.vectors.count() == 300
    found.catch_up(log)
    assert agrees(found, log, models["old"])


def test_a_first_index_of_a_slow_model_grows_in_small_steps(models, tmp_path, monkeypatch):
    monkeypatch.setattr(vectors, "COMMIT_SLOW", 10)
    models["new"].slow = True
    log = Papers()
    log.save(*range(1, 101))

    def away(count):
        if count == 75:
            raise ModelAway("away")

    models["new"].before = away
    found = finder(tmp_path, models, "new")
    found.catch_up(log)
    assert found.vectors.count() == 70
    assert VectorIndex(tmp_path, CATALOG, models["new"]).count() == 70
