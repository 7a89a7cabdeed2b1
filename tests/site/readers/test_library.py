"""A reader's own library: what is here is saved, the rest is kept and shown."""

from io import BytesIO

import pytest

from papertide.site.readers import services
from papertide.site.readers.models import Reader, Save, Unmatched
from tests.fixtures import make_record
from tests.site.helpers import HOSTILE, add, queries, read

BIBTEX = """
@misc{here2025, title={A paper that is here}, author={Ada Lovelace}, eprint={2503.00001},
  archivePrefix={arXiv}, keywords={to read}}
@article{gone2024, title={A paper that is not here}, author={Grace Hopper}, doi={10.1000/gone}}
@book{broken, title={Never closed
@misc{third, title={HOSTILE}}
""".replace("HOSTILE", HOSTILE)


def give(client, content: bytes | str, **named):
    content = content.encode() if isinstance(content, str) else content
    file = BytesIO(content)
    file.name = "refs.bib"
    return client.post("/saved/library", {"file": file}, **named)


@pytest.fixture
def one(library):
    add(library, [make_record("A paper that is here", arxiv="2503.00001")])
    return library


def test_a_library_is_taken_in_once(one, client):
    assert "Take it in" in client.get("/saved/library").content.decode()
    for saved, before in ((1, 0), (0, 1)):
        answer = give(client, BIBTEX)
        text = answer.content.decode()
        read(text)
        assert answer.status_code == 200
        assert f"{saved} paper{'s' * (saved != 1)} saved." in text
        assert ("you had already" in text) == bool(before)
        assert "A paper that is not here" in text
        assert "No paper here has its id or its title." in text
        assert "<script>" not in text
    assert Save.objects.get().entry["tags"] == ["to read"]
    assert "A paper that is here" in client.get("/saved").content.decode()
    assert Unmatched.objects.count() == text.count('<div class="card">') >= 2


def test_what_comes_later_is_found_again(one, client):
    give(client, BIBTEX)
    waiting = Unmatched.objects.count()
    add(one, [make_record("A paper that is not here", identities=["doi:10.1000/gone"])])
    assert "1 paper saved." in client.post("/saved/library", {"do": "again"}).content.decode()
    assert Unmatched.objects.count() == waiting - 1
    assert "2 papers," in client.get("/saved").content.decode()
    client.post("/saved/library", {"do": "forget"})
    assert Unmatched.objects.count() == 0


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\0\0", b"just some words", b"\0" * 99])
def test_what_is_no_library(one, client, content):
    answer = give(client, content)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert Reader.objects.count() == 0
    assert client.post("/saved/library").status_code == 400


def test_bounds(one, client, monkeypatch):
    monkeypatch.setattr("papertide.site.readers.views.LARGEST_LIBRARY", 10)
    assert "larger than" in give(client, BIBTEX).content.decode()
    monkeypatch.setattr("papertide.site.readers.views.LARGEST_LIBRARY", 10**6)
    monkeypatch.setattr(services, "MOST_SAVED", 1)
    answer = give(client, BIBTEX)
    assert answer.status_code == 400
    assert "room for 1" in answer.content.decode()
    assert Save.objects.count() == Unmatched.objects.count() == Reader.objects.count() == 0


def test_from_our_own_pages_only_and_for_its_reader_only(one, client):
    assert give(client, BIBTEX, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    give(client, BIBTEX)
    client.cookies.clear()
    assert "not here yet" not in client.get("/saved/library").content.decode()


def test_queries_do_not_grow(one, client):
    give(client, BIBTEX)
    few = queries(client, "/saved/library")
    give(client, "\n".join(f"@misc{{k{n}, title={{Unknown number {n}}}}}" for n in range(40)))
    assert queries(client, "/saved/library") == few


@pytest.mark.parametrize(
    ("length", "says"), [(str(17 * 2**20), "larger than"), ("", "The size"), ("many", "The size")]
)
def test_a_form_is_refused_by_its_size_before_it_is_read(one, client, monkeypatch, length, says):
    def never(*_):
        raise AssertionError("the form was read")

    monkeypatch.setattr("django.http.HttpRequest.parse_file_upload", never)
    answer = give(client, BIBTEX, CONTENT_LENGTH=length)
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert client.post("/saved/library", {"do": "forget"}, CONTENT_LENGTH=length).status_code == 400


def test_abstracts_and_long_notes_are_not_stored(one, client):
    long = f", abstract={{SECRET}}, note={{{'n' * 3000}}}}}"
    give(client, "@misc{a, title={Gone}" + long + "\n@misc{b, eprint={2503.00001}" + long)
    for held in (Save.objects.get(), Unmatched.objects.get()):
        assert "SECRET" not in str(held.entry)
        assert held.entry["notes"] == ["n" * 2000]
