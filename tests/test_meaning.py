"""Search by meaning through the library, the pages and the command line."""

import json

import numpy as np
import pytest

from papertide.library import NotFound
from papertide.search.rescore import Rescorer
from papertide.searching import Searcher
from papertide.site.catalog import services
from tests.fixtures import make_record, papertide

PAPERS = {
    "2503.00001": ("Diffusion policies for robot manipulation",
                   "Robots learn to grasp and move objects with a diffusion model of actions."),
    "2503.00002": ("Imitation learning on dexterous hands",
                   "A robot hand learns manipulation skills from demonstrations by people."),
    "2503.00003": ("Speech recognition of low-resource languages",
                   "We train acoustic models for transcribing speech with little audio."),
    "2503.00004": ("Private information retrieval from databases",
                   "Cryptographic protocols hide which database record a client reads."),
    "2503.00005": ("Diffusion policies for robot manipulation, revisited",
                   "Robots learn to grasp and move objects with a diffusion model of actions."),
}  # fmt: skip


@pytest.fixture
def some_papers(library):
    services.ingest([
        make_record(title, arxiv=arxiv, abstract=abstract)
        for arxiv, (title, abstract) in PAPERS.items()
    ])  # fmt: skip
    library.catch_up()
    return library


def ids(results) -> list[str]:
    return [hit.paper.public_id for hit in results.hits]


def test_other_words_for_the_same_thing(some_papers):
    text = "transcription of spoken audio"
    assert ids(some_papers.search(text, mode="meaning"))[0] == "2503.00003"
    assert ids(some_papers.search(text))[0] == "2503.00003"


def test_nonsense_is_near_to_nothing(some_papers):
    assert ids(some_papers.search("zzzz qqqq")) == []


def test_similar(some_papers):
    assert ids(some_papers.similar("2503.00001", 2)) == ["2503.00005", "2503.00002"]
    assert "2503.00001" not in ids(some_papers.similar("2503.00001", 10))
    assert ids(some_papers.similar("2503.00001", duplicates=True)) == ["2503.00005"]
    assert ids(some_papers.similar(["2503.00001", "2503.00005"], 1)) == ["2503.00002"]
    assert ids(some_papers.similar(text="hide what a client reads", limit=1)) == ["2503.00004"]
    assert ids(some_papers.similar(text="机器学习")) == []
    with pytest.raises(NotFound):
        some_papers.similar("9999.99999")


def test_a_changed_paper_has_a_changed_vector_and_a_removed_one_none(some_papers):
    services.edit(3, {"title": "Ciphers", "abstract": "Cryptographic protocols hide records."})
    services.remove([4])
    some_papers.catch_up()
    assert ids(some_papers.similar(text="protocols hide which record is read"))[0] == "2503.00003"
    assert "2503.00004" not in ids(some_papers.search("cryptographic protocols"))
    state = some_papers.index_status()
    assert state.indexes["vectors"].indexed == state.indexes["words"].indexed == 4


def test_without_a_model_there_are_words(some_papers, monkeypatch):
    monkeypatch.setenv("PAPERTIDE_MODEL", "none")
    del some_papers.finder
    assert ids(some_papers.search("speech"))[0] == "2503.00003"
    assert ids(some_papers.similar("2503.00001")) == []
    assert set(some_papers.index_status().indexes) == {"words"}


def test_a_model_that_is_not_there_is_a_sentence(tmp_path):
    nowhere = {"PAPERTIDE_MODEL": str(tmp_path / "nowhere")}
    done = papertide("search", "robots", data=tmp_path / "data", env=nowhere)
    assert done.returncode == 1
    assert "papertide model train" in done.stderr
    assert "Traceback" not in done.stderr


def test_similar_on_the_command_line(tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text("\n".join(
        json.dumps({"identities": [f"arxiv:{arxiv}"], "title": title, "abstract": abstract})
        for arxiv, (title, abstract) in PAPERS.items()
    ))  # fmt: skip
    papertide("import", str(rows), data=tmp_path / "data")
    done = papertide("similar", "2503.00001", "--json", data=tmp_path / "data")
    assert json.loads(done.stdout)["hits"][0]["paper"]["public_id"] == "2503.00005"
    piped = papertide("similar", "--text", "-", data=tmp_path / "data", input="speech audio")
    assert "Speech recognition" in piped.stdout
    assert "Give the id" in papertide("similar", data=tmp_path / "data").stderr


class Backwards:
    """A judge that likes best what stood last; remembers what it was asked."""

    first, weight = 4, 100.0

    def __init__(self):
        self.asked = []

    def scores(self, text, documents):
        self.asked.append((text, len(documents)))
        return np.arange(len(documents), dtype=np.float32)


def test_the_first_are_ranked_again_on_every_page(some_papers, monkeypatch):
    text = "robot manipulation diffusion speech databases"
    before = ids(some_papers.search(text))
    assert len(before) == 5
    judge = Backwards()
    rescorer = Rescorer(judge)
    searcher = Searcher(
        services, some_papers.finder, some_papers._popularity, rescorer, lambda handle: None
    )
    monkeypatch.setitem(vars(some_papers), "_searcher", searcher)
    monkeypatch.setattr(Rescorer, "worthwhile", lambda self, found: True)
    again = [*before[3::-1], before[4]]
    assert ids(some_papers.search(text)) == again
    pages = [ids(some_papers.search(text, 2, offset=offset)) for offset in (0, 2, 4)]
    assert pages == [again[:2], again[2:4], again[4:]]
    # The last page has none of the first; the others are of one ranking.
    assert judge.asked == [(text, 4)] * 3
    # Where it does not pay, or not both are asked, nobody is asked again.
    monkeypatch.setattr(Rescorer, "worthwhile", lambda self, found: False)
    assert ids(some_papers.search(text)) == before
    assert ids(some_papers.search(text, 2, offset=2)) == before[2:4]
    monkeypatch.undo()
    monkeypatch.setitem(vars(some_papers), "_searcher", searcher)
    some_papers.search(text, mode="words")
    some_papers.search(text, sort="date")
    assert len(judge.asked) == 3
