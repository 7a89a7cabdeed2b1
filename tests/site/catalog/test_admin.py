"""The moderators' desk: edits and removals are logged changes; sources do not undo an edit."""

import pytest

from papertide.library import NotFound
from papertide.papers import Link
from papertide.site.catalog.models import Change
from tests.fixtures import make_record
from tests.site.helpers import add

PAPERS = "/admin/catalog/paper/"


@pytest.fixture
def record():
    return make_record(
        "A title with a mistaek", arxiv="2503.00001", authors=["Ada Lovelace", "Grace Hopper"],
        categories=["cs.LG"], announced="2025-03-18", links=[Link("code", "https://e.org/x")],
    )  # fmt: skip


@pytest.fixture
def desk(library, client, record):
    """The client, signed in as a moderator, in a library of two papers."""
    from django.contrib.auth.models import User

    add(library, [record, make_record("Something else", arxiv="cs/9902027")])
    client.force_login(User.objects.create_superuser("moderator"))
    return client


def form(client, number: int) -> dict:
    """The fields of a paper's form as a browser would send them back."""
    page = client.get(f"{PAPERS}{number}/change/")
    assert page.status_code == 200
    fields = page.context["adminform"].form
    return {name: fields[name].value() for name in fields.fields} | {
        "identity_set-TOTAL_FORMS": "1", "identity_set-INITIAL_FORMS": "1",
    }  # fmt: skip


@pytest.fixture(autouse=True)
def contexts():
    """Keep what templates were given, as forms are read from there."""
    from django.test.utils import setup_test_environment, teardown_test_environment

    setup_test_environment(debug=False)
    yield
    teardown_test_environment()


def test_an_edit_is_a_change_and_survives_an_import(library, desk, record):
    number = library.paper("2503.00001").id
    before = library._changes.last()
    sent = form(desk, number) | {"title": "A title without", "authors": "Ada Lovelace\nAlan Turing"}
    assert desk.post(f"{PAPERS}{number}/change/", sent).status_code == 302
    edited = library.paper("2503.00001")
    assert edited.title == "A title without"
    assert edited.authors == ["Ada Lovelace", "Alan Turing"]
    assert edited.abstract == record.paper.abstract
    assert edited.links == [Link("code", "https://e.org/x")]
    assert {f for f, o in edited.origins.items() if o.startswith("moderator@")} == {
        "title", "authors",
    }  # fmt: skip
    assert library._changes.last() == before + 1
    later = make_record("A title with a mistaek", arxiv="2503.00001", as_of="2026-01-01",
                        abstract="A newer abstract.", announced="2025-03-18")  # fmt: skip
    add(library, [later])
    merged = library.paper("2503.00001")
    assert merged.title == "A title without"
    assert merged.authors == ["Ada Lovelace", "Alan Turing"]
    assert merged.abstract == "A newer abstract."
    assert [h.paper.public_id for h in library.search("without").hits] == ["2503.00001"]
    assert library.author("alan-turing")[2] == 1
    with pytest.raises(NotFound):
        library.paper("grace")


def test_saving_without_an_edit_changes_nothing(library, desk):
    number = library.paper("2503.00001").id
    before = library._changes.last()
    assert desk.post(f"{PAPERS}{number}/change/", form(desk, number)).status_code == 302
    assert library._changes.last() == before
    assert "moderator" not in str(library.paper("2503.00001").origins)


@pytest.mark.parametrize(
    ("field", "value"),
    [("published", "soon"), ("announced", "2025-03"), ("title", ""), ("title", "?!"),
     ("updated", "2025-02-30")],
)  # fmt: skip
def test_a_wrong_value_is_refused(library, desk, field, value):
    number = library.paper("2503.00001").id
    before = library._changes.last()
    page = desk.post(f"{PAPERS}{number}/change/", form(desk, number) | {field: value})
    assert page.status_code == 200
    assert field in page.context["adminform"].form.errors
    assert library._changes.last() == before


def test_dates_and_texts_are_kept_as_the_catalogue_does(library, desk):
    number = library.paper("2503.00001").id
    sent = form(desk, number) | {"published": "17 Mar 2025", "abstract": "Two\r\nlines"}
    assert desk.post(f"{PAPERS}{number}/change/", sent).status_code == 302
    assert library.paper("2503.00001").published == "2025-03-17"
    assert library.paper("2503.00001").abstract == "Two lines"


def test_removal(library, desk):
    first, second = library.paper("2503.00001").id, library.paper("cs/9902027").id
    assert desk.post(f"{PAPERS}{first}/delete/", {"post": "yes"}).status_code == 302
    sent = {"action": "delete_selected", "_selected_action": [second], "post": "yes"}
    assert desk.post(PAPERS, sent).status_code == 302
    assert library.count() == 0
    deleted = Change.objects.filter(kind="deleted").values_list("paper_id", flat=True)
    assert set(deleted) == {first, second}
    library.catch_up()
    assert library.search("title").total == 0
    assert library.index_status().papers == library.index_status().indexed == 0


def test_what_was_removed_stays_away(library, desk, record):
    number = library.paper("2503.00001").id
    desk.post(f"{PAPERS}{number}/delete/", {"post": "yes"}, follow=True)
    add(library, [record, make_record(record.paper.title, source="saved-page", authors=[])])
    held = library.paper("2503.00001")
    assert (held.title, held.abstract, held.authors, held.day) == ("", "", [], None)
    assert held.readable_title == "(removed)"
    assert library.search("mistaek").total == 0
    assert library.count() == 1
    assert "mistaek" not in desk.get("/papers/2503.00001").content.decode()
    assert desk.get("/papers/2503.00001.bib").status_code == 410
    with pytest.raises(NotFound):
        library.author("grace-hopper")
    library.rebuild_index()
    assert library.index_status().indexed == 1
    # until a moderator lets it come back
    sent = form(desk, number) | {"title": "A title", "status": ""}
    assert desk.post(f"{PAPERS}{number}/change/", sent).status_code == 302
    add(library, [record])
    assert library.paper("2503.00001").abstract == record.paper.abstract
    assert library.search("Hopper").total == 1


def test_a_merged_paper_can_be_removed(library, desk):
    add(library, [make_record("Once without an id", source="saved-page", authors=[]),
                  make_record("Once without an id", arxiv="2503.00009", authors=[])])  # fmt: skip
    number = library.paper("2503.00009").id
    page = desk.post(f"{PAPERS}{number}/delete/", {"post": "yes"})
    assert page.status_code == 302
    assert library.paper("2503.00009").removed


@pytest.mark.parametrize(
    ("text", "found"),
    [("2503.00001", 1), ("arXiv:2503.00001v3", 1), ("a TITLE with", 1), ("cs/9902027", 1),
     ("mistaek", 0), ("???", 0), ("", 2), ("\0", 2)],
)  # fmt: skip
def test_searching(library, desk, text, found):
    page = desk.get(PAPERS, {"q": text})
    assert page.status_code == 200
    assert len(page.context["cl"].result_list) == found


def test_everything_else_is_read_only(library, desk):
    assert desk.get(f"{PAPERS}add/").status_code == 403
    for name in ("author", "listing", "redirect", "change"):
        for text in ("", "ada", "1", "x\0"):
            assert desk.get(f"/admin/catalog/{name}/", {"q": text}).status_code == 200
        assert desk.get(f"/admin/catalog/{name}/add/").status_code == 403
    assert desk.post("/admin/catalog/author/1/delete/", {"post": "yes"}).status_code == 403
    assert desk.get("/admin/catalog/author/1/change/").status_code == 200


def test_the_desk_is_not_for_everybody(library, client):
    assert client.get(PAPERS).status_code == 302
