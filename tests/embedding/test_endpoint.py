"""A model behind an endpoint: what is asked, what of the answers is believed, and patience."""

import base64
import itertools
import json
import math
import threading

import numpy as np
import pytest

from papertide import embedding
from papertide.embedding import ModelAway, ModelError, endpoint
from papertide.embedding.base import query_vector
from tests.sources.loopback import Answered, Server

KEY = "sk-a-secret-of-ours"


def number(text: str) -> list[float]:
    """A vector that tells its text: of length 5."""
    return [3.0, 4.0 * math.cos(len(text)), 4.0 * math.sin(len(text)), 0.0]


class Model:
    """An endpoint on a loopback port; `answer` is changed by tests. `texts` are what it met."""

    def __init__(self, server: Server):
        self.server, self.texts = server, []
        self.lock = threading.Lock()
        self.encode = list
        self.longest = 10**9
        server.handle("/v1/embeddings", self._answer)

    def _answer(self, asked):
        body = json.loads(asked.body)
        if any(len(text) > self.longest for text in body["input"]):
            told = {"error": {"message": "This model's maximum context length is 9 tokens"}}
            return Answered(json.dumps(told).encode(), 400)
        with self.lock:
            self.texts.append(body["input"])
        rows = [
            {"index": n, "embedding": self.encode(number(text)[: body.get("dimensions", 4)])}
            for n, text in enumerate(body["input"])
        ]
        return Answered(json.dumps({"data": rows[::-1], "model": body["model"]}).encode())

    def open(self, options="", **named):
        return endpoint.Endpoint(f"{self.server.address}/v1#small{options}", KEY, **named)


@pytest.fixture
def model():
    with Server() as server:
        yield Model(server)


def unit(*texts):
    return np.array([number(text) for text in texts], np.float32) / 5


def test_vectors_in_the_order_of_the_texts(model):
    opened = model.open()
    texts = [f"{'x' * n}" for n in range(1, 151)]
    texts[7] = texts[100] = "  "
    vectors = opened.embed(texts)
    assert vectors.shape == (150, 4)
    assert vectors.dtype == np.float32
    assert not vectors[[7, 100]].any()
    kept = [n for n in range(150) if n not in (7, 100)]
    assert np.allclose(vectors[kept], unit(*(texts[n] for n in kept)), atol=1e-6)
    assert max(map(len, model.texts)) <= endpoint._TEXTS
    asked = model.server.requests[0]
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert json.loads(asked.body)["model"] == "small"
    assert opened.embed([]).shape == (0, 4)


def test_requests_are_bounded_in_letters(model, monkeypatch):
    monkeypatch.setattr(endpoint, "_LETTERS", 100)
    monkeypatch.setattr(endpoint, "_LONGEST", 60)
    model.open().embed(["y" * n for n in (30, 80, 1, 99, 60, 5)])
    assert max(sum(map(len, part)) for part in model.texts) <= 100
    assert max(len(text) for part in model.texts for text in part) == 60


def test_base64(model):
    model.encode = lambda row: base64.b64encode(np.array(row, "<f4").tobytes()).decode()
    assert np.allclose(model.open().embed(["one", "three"]), unit("one", "three"), atol=1e-6)


def test_the_dimension_is_learnt_asked_for_or_assumed(model):
    assert model.open().dimension == 4
    assert len(model.server.requests) == 1
    assumed = model.open()
    assumed.assume(4)
    assert assumed.dimension == 4
    assert len(model.server.requests) == 1
    cut = model.open(dimension=2)
    assert cut.dimension == 2
    assert cut.embed(["text"]).shape == (1, 2)
    assert json.loads(model.server.requests[-1].body)["dimensions"] == 2
    assert model.open("?dimensions=2").origin == cut.origin


def test_prefixes(model):
    opened = model.open("?query=query:%20&document=passage: ")
    opened.embed(["text"])
    query_vector(opened, "text")
    assert model.texts == [["passage: text"], ["query: text"]]


def test_who_it_is(model):
    one = model.open()
    assert "small at 127.0.0.1" in one.name
    assert one.checksum == model.open("?query=q").checksum  # papers' vectors are the same
    others = [model.open("?document=d"), model.open("?dimensions=2"),
              endpoint.Endpoint(f"{model.server.address}/v2#small")]  # fmt: skip
    assert len({one.checksum, *(other.checksum for other in others)}) == 4
    again = embedding.open_model(one.origin)
    assert (again.name, again.checksum) == (one.name, one.checksum)
    assert model.server.requests == [], "nothing was asked yet"


def test_a_query_is_asked_once(model, monkeypatch):
    monkeypatch.setattr(endpoint, "_REMEMBERED", 2)
    opened = model.open()
    for text in ("a", "a", "bb", "a", "ccc", "a", "bb"):
        assert np.allclose(opened.embed_query(text), unit(text)[0], atol=1e-6)
    assert model.texts == [["a"], ["bb"], ["ccc"], ["bb"]]
    assert not opened.embed_query(" ").any()


def test_what_passes_is_tried_again(model):
    pauses = []
    opened = model.open(pause=pauses.append)
    slow_down = Answered(b"", 429, {"Retry-After": "7"})
    model.server.fault("503", slow_down, "reset", "500", None)
    assert np.allclose(opened.embed(["text"]), unit("text"), atol=1e-6)
    assert len(pauses) == 4
    assert pauses[1] == 7
    assert all(0 < pause < 30 for pause in pauses)


def test_patience_has_an_end(model):
    pauses = []
    opened = model.open(pause=pauses.append)
    model.server.fault(*["503"] * 20)
    with pytest.raises(ModelAway, match=r"127\.0\.0\.1.* answers 503"):
        opened.embed(["text"])
    assert len(model.server.requests) == endpoint._PATIENT.tries
    model.server._faults.clear()
    model.server.fault(Answered(b"", 429, {"Retry-After": "86400"}))
    with pytest.raises(ModelAway, match="asks to wait 86,400 s"):
        opened.embed(["text"])
    assert len(pauses) == endpoint._PATIENT.tries - 1, "nobody waits a day"


def test_readers_do_not_wait(model):
    opened = model.open(pause=lambda seconds: pytest.fail("waited"))
    model.server.fault("503")
    for _ in range(3):
        with pytest.raises(ModelAway, match="503"):
            opened.embed_query("text")
    assert len(model.server.requests) == 1, "asked once, then left alone for a while"
    opened._rest = 0.0
    assert opened.embed_query("text").any()


def test_silence_ends(model, monkeypatch):
    monkeypatch.setattr(endpoint, "_QUICK", endpoint._Effort(1, 0.2, 0))
    for fault in ("silence", "drip"):
        model.server.fault(fault)
        with pytest.raises(ModelAway, match=r"too slowly|not all there"):
            model.open().embed_query("text")


def test_nobody_at_home():
    with Server() as server:
        address = server.address
    opened = endpoint.Endpoint(f"{address}/v1#small", pause=lambda s: pytest.fail("waited"))
    for ask in (lambda: opened.embed(["text"]), lambda: opened.embed_query("text"),
                lambda: opened.dimension):  # fmt: skip
        with pytest.raises(ModelAway, match="cannot be reached"):
            ask()


def test_texts_that_are_too_long_are_cut(model):
    model.longest = 900
    vectors = model.open().embed(["short", "z" * 5000, "also short"])
    assert vectors.any(axis=1).all()
    assert {len(text) for part in model.texts for text in part} == {5, 625, 10}
    model.longest = 3
    with pytest.raises(ModelError, match="maximum context length"):
        model.open().embed(["text"])
    assert len(model.server.requests) < 20


def rows(*vectors, **more):
    return {"data": [{"index": n, "embedding": v} for n, v in enumerate(vectors)]} | more


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>", "no embeddings"),
        (b"[" * 100_000, "no embeddings"),
        ({"data": "none"}, "no embeddings"),
        ({"error": "none"}, "no embeddings"),
        (rows([1.0, 2.0]), "2 texts with 1 vectors"),
        (rows([1.0], [2.0], [3.0]), "2 texts with 3 vectors"),
        ({"data": [{"index": 1, "embedding": [1.0]}] * 2}, "misnumbers"),
        (rows([1.0, 2.0], [1.0]), r"vectors of \[1, 2\] numbers"),
        (rows([], []), "vectors of"),
        (rows([1.0, None], [1.0, 1.0]), "no embeddings"),
        (b'{"data": [{"index": 0, "embedding": [NaN]}]}', "no embeddings"),
        (rows([1e300, 1.0], [1.0, 1.0]), "no number"),
        (rows("AAAA", "!!!!"), "broken base64"),
        (rows(*[base64.b64encode(np.array([np.nan], "<f4").tobytes()).decode()] * 2), "no number"),
    ],
)
def test_what_is_no_answer_is_refused(body, said, model):
    model.server.answer("/v1/embeddings", body)
    with pytest.raises(ModelError, match=said) as error:
        model.open().embed(["one", "two"])
    assert f"{model.server.address}/v1" in str(error.value)
    assert len(model.server.requests) == 1


def test_another_dimension_than_before_is_refused(model):
    opened = model.open()
    opened.assume(3)
    with pytest.raises(ModelError, match="4 numbers, and 3 were expected"):
        opened.embed(["text"])


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 418])
def test_the_key_is_never_told(status, model, caplog):
    told = {"error": {"message": f"bad {KEY}\n\x1b[31m"}}
    model.server.answer("/v1/embeddings", told, status, Location="/elsewhere")
    opened = model.open()
    with caplog.at_level("DEBUG"), pytest.raises(ModelError, match=str(status)) as error:
        opened.embed(["text"])
    assert len(model.server.requests) == 1
    held = [str(error.value), repr(opened), repr(vars(opened)), caplog.text, opened.origin]
    assert not any(KEY in text or "\x1b" in text for text in held)


@pytest.mark.parametrize(
    "where",
    ["https://host/v1", "https://host/v1#", "https://#model", "https://user:secret@host/v1#model",
     "https://host/v1?key=secret#model", "https://host/v1#model?other=1",
     "https://host/v1#model?dimensions=many", "https://[::1/v1#model", "https://host:0/v1#model"],
)  # fmt: skip
def test_places_that_are_none(where):
    with pytest.raises(ModelError) as error:
        embedding.open_model(where)
    assert "secret" not in str(error.value)
    assert endpoint.FORM in str(error.value)


def test_many_threads(model):
    opened, wrong = model.open(), []
    texts = [f"text {'z' * n}" for n in range(40)]

    def ask(numbers):
        for n in numbers:
            if not np.allclose(opened.embed_query(texts[n]), unit(texts[n])[0], atol=1e-6):
                wrong.append(n)

    threads = [threading.Thread(target=ask, args=(range(start, 40),))
               for start in itertools.islice(range(40), 4)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
