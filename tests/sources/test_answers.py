"""Answers of servers: JSON, XML, text without its markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertide.sources.answers import (
    answer_day,
    conditions,
    json_object,
    json_value,
    plain,
    xml_root,
)
from papertide.sources.base import Answer, SourceError, Unreadable, doi_identity, text


@pytest.mark.parametrize(
    ("told", "read"),
    [
        (None, ""),
        ("p < 0.05 and q > 3", "p < 0.05 and q > 3"),
        ("p<0.05, n>30", "p<0.05, n>30"),
        ("if x<y and y>z", "if x<y and y>z"),
        ("<jats:p>One.</jats:p><jats:p>Two.</jats:p>", "One. Two."),
        ("<jats:title>Abstract</jats:title><jats:p>One.</jats:p>", "One."),
        ("<h3>Background</h3>We", "Background: We"),
        ("<b>ABSTRACT</b> We", "We"), ("a <b>bold </b>move", "a bold move"),
        ("10<sup>-5</sup> m", "10⁻⁵ m"),
        ("CO<sub>2</sub>, Ca<jats:sup>2+</jats:sup>", "CO₂, Ca²⁺"),
        ("x<sup>beta</sup>", "x^beta"),
        ("a <i>very</i> <jats:italic toggle=\"yes\">odd</jats:italic> one", "a very odd one"),
        ("AT&amp;T, p &lt; 0.05, caf&eacute;", "AT&T, p < 0.05, café"),
        ("p &amp;lt; 0.05", "p < 0.05"),
        ("&lt;p&gt;escaped&lt;/p&gt;", "escaped"),
        ("<p>cut <xref ref-type='bibr' rid='c1'>[1]</xref>", "cut [1]"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),  # escaped where it is shown
        ("List<String> of <unknown>", "List<String> of <unknown>"),
        ("line<br/>break<br>again", "line break again"),
        ("<!-- secret -->shown", "shown"),
        ("&#x202e;evil &#0;", "evil \ufffd"),
    ],
)  # fmt: skip
def test_markup_becomes_text(told, read):
    assert plain(told) == read


@given(st.text(st.sampled_from("<>/&;psubi =\"x-!lt2")))
def test_any_markup_is_read(told):
    read = plain(told)
    assert read == text(read)


@pytest.mark.parametrize("hostile", ["<" * 500_000, "<p " * 200_000, "<sup>" * 200_000,
                                     "&amp;" * 200_000, "<i><sup>2" * 100_000])  # fmt: skip
def test_hostile_markup_takes_no_time(hostile):
    plain(hostile)


@pytest.mark.parametrize("value", [5, ["x"], {"value": "x"}])
def test_other_types_have_no_markup(value):
    with pytest.raises(Unreadable):
        plain(value)


def answer(body: bytes, status=200, **headers) -> Answer:
    return Answer(url="https://a.example/x", status=status, headers=headers, body=body)


def test_json():
    assert json_value(answer(b'{"a": [1]}')) == {"a": [1]}
    for body in (b"", b"<html>Sorry</html>", b'{"a": ', b"\xff", b"[" * 100_000):
        with pytest.raises(SourceError, match="answered no JSON"):
            json_value(answer(body))


def test_the_day_of_an_answer():
    assert answer_day(answer(b"{}", date="Mon, 11 Aug 2025 23:07:25 GMT")) == "2025-08-11"
    for headers in ({}, {"date": "soon"}, {"date": "Aug 11"}):
        assert len(answer_day(answer(b"{}", **headers))) == 10


def test_json_objects():
    assert json_object(answer(b'{"a": 1}')) == {"a": 1}
    for body in (b"", b"[]", b"<html>\n", b"{" * 10**5, b"\xff"):
        with pytest.raises(SourceError, match=r"a\.example/\S* answered no JSON( object)?, but"):
            json_object(answer(body))


def test_conditions():
    told = {"etag": 'W/"1"', "last-modified": "Thu, 18 Sep 2025 04:00:02 GMT", "date": "x"}
    assert conditions(answer(b"", **told)) == {
        "If-None-Match": 'W/"1"', "If-Modified-Since": "Thu, 18 Sep 2025 04:00:02 GMT",
    }  # fmt: skip
    assert conditions(answer(b"")) == {}


BOMB = (b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>')


@pytest.mark.parametrize("body", [b"", b"<x>", b"<x>\x00</x>", BOMB, b"\xff\xfe<", b"no xml",
                                  b"<?xml version='1.0' encoding='no-such'?><x/>"])  # fmt: skip
def test_xml_that_is_none(body):
    with pytest.raises(SourceError, match="the thing"):
        xml_root(body, "the thing")


@pytest.mark.parametrize(
    ("told", "identity"),
    [
        ("10.1000/ABC", ["doi:10.1000/abc"]),
        ("https://doi.org/10.48550/arXiv.2503.11731", ["arxiv:2503.11731"]),
        ("10.48550/arXiv.cs/9902027v2", ["arxiv:cs/9902027"]),
        ("10.48550/other.thing", ["doi:10.48550/other.thing"]),
        ("NA", []),
        ("", []),
        (None, []),
    ],
)
def test_the_identity_that_a_doi_is(told, identity):
    assert doi_identity(told) == identity
