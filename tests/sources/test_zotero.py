"""Zotero: items, and libraries read through its API."""

import pytest
from hypothesis import given

from papertide.sources import zotero
from papertide.sources.base import Rejection, SourceError
from papertide.sources.libraries import LibraryEntry
from tests.sources.served import JSON, Served, answer, damaged

ITEM = {
    "key": "ABCD2345", "version": 7, "library": {"type": "user", "id": 1},
    "data": {
        "key": "ABCD2345", "version": 7, "itemType": "preprint", "title": "Attention <i>is</i> all",
        "creators": [
            {"creatorType": "editor", "firstName": "E", "lastName": "D"},
            {"creatorType": "author", "firstName": "Ashish", "lastName": "Vaswani"},
            {"creatorType": "author", "name": "The ATLAS Collaboration"},
        ],
        "abstractNote": "We study.", "date": "June 12, 2017", "repository": "arXiv",
        "archiveID": "arXiv:1706.03762", "DOI": "10.1000/XYZ", "url": "http://arxiv.org/abs/1706.03762",
        "extra": "PMID: 29456894\nCitation Key: vaswani", "dateAdded": "2020-01-02T10:00:00Z",
        "tags": [{"tag": "nlp"}, {"tag": "to read", "type": 1}],
    },
}  # fmt: skip
NOTE = {"key": "N", "data": {"itemType": "note", "parentItem": "ABCD2345",
                             "note": "<p>Read it.</p>"}}  # fmt: skip
FILE = {"key": "F", "data": {"itemType": "attachment", "parentItem": "ABCD2345", "title": "PDF"}}


def test_an_item_with_its_note():
    [entry] = zotero.entries([ITEM, FILE, NOTE])
    paper = entry.record.paper
    assert (paper.title, paper.abstract) == ("Attention is all", "We study.")
    assert paper.authors == ["Ashish Vaswani", "The ATLAS Collaboration"]
    assert paper.identities == ["doi:10.1000/xyz", "arxiv:1706.03762", "pmid:29456894"]
    assert (paper.published, paper.venue) == ("2017-06-12", "")
    assert (entry.key, entry.added) == ("ABCD2345", "2020-01-02")
    assert (entry.tags, entry.notes) == (["nlp", "to read"], ["Read it."])


def test_items_as_better_bibtex_exports_them():
    row = ITEM["data"] | {"key": None, "itemKey": "ABCD2345", "citationKey": "vaswani",
                          "notes": [{"note": "<p>a</p>"}, "b"], "tags": ["plain"]}  # fmt: skip
    [entry] = zotero.entries([row])
    assert (entry.key, entry.notes, entry.tags) == ("ABCD2345", ["a", "b"], ["plain"])


def test_a_library_page_by_page():
    version = {"last_modified_version": "250", "total_results": "3"}
    link = f'<{zotero.BASE}/users/1/items?start=100>; rel="next", <https://x.example>; rel="last"'
    orphan = NOTE | {"data": NOTE["data"] | {"parentItem": "OTHER"}}
    fetch = Served(answer([ITEM, orphan], **version, link=link), answer([NOTE, 5], **version))
    read = zotero.library(fetch, "users/1", "a key")
    # A note that was written later is on a later page than its item.
    assert [e.notes for e in read.entries if isinstance(e, LibraryEntry)] == [["Read it."]]
    assert [e.reason for e in read.entries if isinstance(e, Rejection)] == [
        "expected an object, found int"
    ]
    assert read.notes == {"OTHER": ["Read it."]}
    assert read.cursor == {"version": 250}
    first, second = fetch.asked
    assert first["headers"] == {"Zotero-API-Version": "3", "Zotero-API-Key": "a key"}
    assert "since" not in first["params"]
    assert (second["url"], second["params"]) == (f"{zotero.BASE}/users/1/items?start=100", {})
    assert second["headers"] == first["headers"]


def test_only_what_changed_since():
    fetch = Served(answer([ITEM], last_modified_version="251"))
    assert zotero.library(fetch, "groups/2", cursor={"version": 250}).cursor == {"version": 251}
    assert fetch.asked[0]["params"]["since"] == "250"
    assert fetch.asked[0]["headers"]["If-Modified-Since-Version"] == "250"
    unchanged = zotero.library(Served(answer(b"", 304)), "users/1", cursor={"version": 250})
    assert (unchanged.entries, unchanged.cursor) == ([], {"version": 250})


def test_a_library_that_changes_while_it_is_read():
    link = f'<{zotero.BASE}/users/1/items?start=100>; rel="next"'
    old, new = {"last_modified_version": "1"}, {"last_modified_version": "2"}
    fetch = Served(answer([ITEM], **old, link=link), answer([], **new), answer([ITEM], **new))
    read = zotero.library(fetch, "users/1")
    assert (len(read.entries), read.cursor) == (1, {"version": 2})
    restless = [answer([ITEM], **old, link=link), answer([], **new)] * 3
    with pytest.raises(SourceError, match="changed each time"):
        zotero.library(Served(*restless), "users/1")


@pytest.mark.parametrize(
    ("given_answer", "reason"),
    [
        (answer([ITEM]), "library version"), (answer({}, last_modified_version="1"), "no list"),
        (answer(b"<html>", last_modified_version="1"), "no list"), (answer([], 403), "403"),
        (answer([], last_modified_version="1", link='<https://evil.example/>; rel="next"'),
         "elsewhere"),
        (answer([], last_modified_version="1",
                link=f'<{zotero.BASE}.evil.example/>; rel="next"'), "elsewhere"),
    ],
)  # fmt: skip
def test_answers_that_are_none(given_answer, reason):
    with pytest.raises(SourceError, match=reason):
        zotero.library(Served(given_answer), "users/1", "a key")


@pytest.mark.parametrize("owner", ["", "users/x", "users/1/../../keys", "me"])
def test_owners_that_are_none(owner):
    with pytest.raises(SourceError, match="not a library"):
        zotero.library(Served(), owner)


@given(damaged(ITEM), damaged(NOTE))
def test_damaged_items_are_rejected_and_nothing_else(item, note):
    for found in zotero.entries([item, note]):
        assert isinstance(found, LibraryEntry | Rejection)


@given(JSON)
def test_anything_for_an_item(row):
    assert all(isinstance(found, Rejection) for found in zotero.entries([row]))
