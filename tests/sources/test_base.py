"""How text, lists, dates and links come in from outside."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertide.papers import Link
from papertide.sources.base import (
    Unreadable,
    count,
    date_parts,
    date_text,
    doi_identity,
    link,
    names,
    objects,
    text,
    texts,
)


@pytest.mark.parametrize(
    ("given_text", "read"),
    [
        (None, ""),
        ("", ""),
        ("  two \n  lines\t", "two lines"),
        ("nul\x00 and \x07bell", "nul and bell"),
        ("a \x00 b", "a b"),
        ("next\x85line, no\xa0break", "next line, no break"),
        ("evil\u202etxt.exe\u2066x\u2069", "eviltxt.exex"),
        ("\ufeffmark", "mark"),
        ("lone \ud800 surrogate", "lone surrogate"),
        (unicodedata.normalize("NFD", "Gödel"), "Gödel"),
        ("e\x00\u0301", "é"),
        ("$\\alpha$ <b>kept</b> & p<0.05", "$\\alpha$ <b>kept</b> & p<0.05"),
        ("zero\u200bwidth 👩\u200d🔬", "zero\u200bwidth 👩\u200d🔬"),
    ],
)
def test_text(given_text, read):
    assert text(given_text) == read


@given(st.text(st.characters(codec=None)))
def test_text_is_the_same_when_read_again(given_text):
    once = text(given_text)
    assert text(once) == once
    assert once.encode().decode() == once
    assert "\x00" not in once
    assert once == once.strip()


def test_runs_of_combining_marks_take_no_time():
    assert len(text("a" + "\u0301\u0316" * 500_000)) <= 31


@pytest.mark.parametrize("value", [5, 1.5, True, [], {}, ["x"]])
def test_other_types_are_not_text(value):
    with pytest.raises(Unreadable, match="expected text"):
        text(value)


def test_lists():
    assert texts(None) == texts([]) == []
    assert texts(["b", " a ", "b", "", None]) == ["b", "a"]
    assert names(["Ann Lee", ":", "et al.", "and Bo Ek", "Ann Lee"]) == ["Ann Lee", "Bo Ek"]
    assert objects(None) == []
    assert objects([{"a": 1}]) == [{"a": 1}]
    for read, value in [(texts, "abc"), (texts, {}), (texts, [5]), (names, [["x"]]), (objects, {}),
                        (objects, ["x"]), (objects, 5)]:  # fmt: skip
        with pytest.raises(Unreadable):
            read(value)


def test_dates():
    assert date_text(None) == date_text("") == ""
    assert date_text("2025-03-17T02:53:25Z") == "2025-03-17"
    assert date_text("2999-12-31") == "2999-12-31"  # the future is told, not judged
    for value in ("soon", "2025-02-30", 20250317):
        with pytest.raises(Unreadable):
            date_text(value)


@pytest.mark.parametrize(
    ("parts", "stored"),
    [([[2017, 6, 12]], "2017-06-12"), ([["2017", "06"]], "2017-06"), ([[2017, 13]], "2017"),
     ([[None]], ""), ([[""]], ""), ([], ""), (None, ""), ("2017", ""), ([2017], "")],
)  # fmt: skip
def test_dates_in_parts(parts, stored):
    assert date_parts(parts) == stored


@pytest.mark.parametrize("parts", [[["soon"]], [[True]], [[-5]], [[10**9]], [[{}, 1]], [[1.5]]])
def test_parts_that_are_no_date(parts):
    with pytest.raises(Unreadable, match="not a date"):
        date_parts(parts)


def test_an_arxiv_papers_doi_is_its_arxiv_id():
    assert doi_identity("https://doi.org/10.48550/arXiv.1706.03762") == ["arxiv:1706.03762"]
    assert doi_identity("10.48550/arXiv.cs/9902027") == ["arxiv:cs/9902027"]
    assert doi_identity("10.48550/ARXIV.1706.03762v2") == ["arxiv:1706.03762"]
    assert doi_identity("10.48550/arxiv.nonsense") == ["doi:10.48550/arxiv.nonsense"]
    assert doi_identity("10.1000/XYZ") == ["doi:10.1000/xyz"]
    assert doi_identity("1706.03762") == doi_identity(None) == []


def test_counts():
    assert [count(held) for held in (0, 7, -1, True, "7", 1.0, 2**31)] == [0, 7] + [None] * 5


def test_links_lead_to_the_web_only():
    assert link("code", " HTTPS://github.com/a/b ") == [Link("code", "HTTPS://github.com/a/b")]
    for address in (None, "", "javascript:alert(1)", "ftp://a.example", "https://", "//a.example"):
        assert link("code", address) == []
