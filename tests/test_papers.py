"""Identities, dates, titles, names: what a paper is."""

import re
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertide.papers import (
    Paper,
    PartialDate,
    arxiv_id,
    arxiv_month,
    author_name,
    author_slug,
    doi,
    full_date,
    public_id,
    slug,
    split_authors,
    title_key,
)
from papertide.sources import saved_page

TITLE, ARXIV = "Attention Is All You Need", "arxiv:1706.03762"


def paper(title=TITLE, *identities, **fields) -> Paper:
    return Paper(title=title, identities=list(identities), **fields)


# --- dates -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2025-03-17", "2025-03-17"),
        (" 2025-3-7 ", "2025-03-07"),
        ("2025-03", "2025-03"),
        ("2025", "2025"),
        ("0099-01-01", "0099-01-01"),
        ("2025-03-17T02:53:25.000Z", "2025-03-17"),
        ("2025-08-20T00:00:00-04:00", "2025-08-20"),
        ("2025-03-17 02:53:25", "2025-03-17"),
        ("--03-17", "--03-17"),
        ("Mar 17", "--03-17"),
        ("march 17", "--03-17"),
        ("Sept. 5", "--09-05"),
        ("Mar 17, 2025", "2025-03-17"),
        ("Mar 17 2025", "2025-03-17"),
        ("Feb 29", "--02-29"),
        ("Feb 29, 2024", "2024-02-29"),
        ("Mon, 2 Apr 2007 19:18:42 GMT", "2007-04-02"),
        ("2 Apr 2007", "2007-04-02"),
    ],
)
def test_dates_are_read_in_all_their_forms(text, stored):
    assert str(PartialDate.parse(text)) == stored
    assert str(PartialDate.parse(stored)) == stored


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Mar 17", "2025-03-17"),
        ("--03-17", "2025-03-17"),
        ("Mar 17, 2019", "2019-03-17"),
        ("2019-03", "2019-03"),
    ],
)
def test_a_year_completes_only_what_has_none(text, stored):
    assert str(PartialDate.parse(text, 2025)) == stored


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "tomorrow", "Marc 17", "Mar", "Mar 32", "Mar 0", "Feb 30", "2025-02-29",
        "Feb 29, 2025", "2025-13", "2025-00", "2025-00-05", "2025-01-00", "0000-00-00", "--00-10",
        "--02-30", "20250317", "17/03/2025", "99999", "-2025", "２０２５-03-17", "2025-03-17\x00",
        "2025-03-17T", "Mar 17 th", "2 Foo 2007",
    ],
)  # fmt: skip
def test_what_no_calendar_has_is_no_date(text):
    with pytest.raises(ValueError, match=r"not a date|out of range|must be in"):
        PartialDate.parse(text)


def test_feb_29_needs_a_leap_year():
    assert str(PartialDate.parse("Feb 29", 2024)) == "2024-02-29"
    with pytest.raises(ValueError, match="day"):
        PartialDate.parse("Feb 29", 2025)


def test_only_a_full_date_is_a_day():
    assert full_date("2025-03-17") == date(2025, 3, 17)
    assert PartialDate.parse("2025-03-17").full == date(2025, 3, 17)
    for text in ("", "2025-03", "2025", "--03-17"):
        assert full_date(text) is None
    assert PartialDate.parse("--03-17").full is None
    assert str(PartialDate()) == ""


# --- identities ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "identifier", "version"),
    [
        ("2503.11731", "2503.11731", None),
        ("0704.0001", "0704.0001", None),
        ("2503.11731v2", "2503.11731", 2),
        ("2503.11731V12", "2503.11731", 12),
        ("arXiv:2503.11731v1", "2503.11731", 1),
        ("arxiv: 2503.11731", "2503.11731", None),
        ("oai:arXiv.org:2508.13426v1", "2508.13426", 1),
        ("https://arxiv.org/abs/2503.11731", "2503.11731", None),
        ("http://arxiv.org/abs/2503.11731v3", "2503.11731", 3),
        ("https://arxiv.org/pdf/2503.11731v1.pdf", "2503.11731", 1),
        ("https://arxiv.org/pdf/2503.11731", "2503.11731", None),
        ("https://arxiv.org/html/2503.11731/", "2503.11731", None),
        ("https://arxiv.org/abs/2503.11731?context=cs.CV", "2503.11731", None),
        ("https://arxiv.org/html/2503.11731v1#S3", "2503.11731", 1),
        ("export.arxiv.org/abs/cs/9902027", "cs/9902027", None),
        ("https://www.arxiv.org/abs/2503.11731", "2503.11731", None),
        ("https://huggingface.co/papers/2503.11731", "2503.11731", None),
        ("10.48550/arXiv.2503.11731", "2503.11731", None),
        ("https://doi.org/10.48550/arXiv.2503.11731", "2503.11731", None),
        ("doi:10.48550/arxiv.cs/9902027", "cs/9902027", None),
        ("cs/9902027", "cs/9902027", None),
        ("CS/9902027v2", "cs/9902027", 2),
        ("math.GT/0309136", "math/0309136", None),
        ("math.gt/0309136v1", "math/0309136", 1),
        ("hep-th/9711200", "hep-th/9711200", None),
        ("plasm-ph/9501001", "plasm-ph/9501001", None),
        ("oai:arXiv.org:astro-ph/0601001", "astro-ph/0601001", None),
    ],
)
def test_arxiv_ids_are_read_in_all_their_forms(text, identifier, version):
    assert arxiv_id(text) == (identifier, version)


@pytest.mark.parametrize(
    "text",
    [
        "", "abc", "0000.0000", "2513.00001", "2503.117", "2503.117311", "2503.11731v0",
        "2503.11731v", "2503.11731v99999", "2503.11731v" + "9" * 5000, "2503.11731 v2", "cs/990202",
        "cs/9913027", "x" * 300 + "/9902027", "https://arxiv.org/list/cs.CV/recent",
        "https://example.org/abs/2503.11731", "２５０３.11731", "10.1145/2503.11731",
    ],
)  # fmt: skip
def test_other_texts_are_no_arxiv_ids(text):
    assert arxiv_id(text) is None


@pytest.mark.parametrize(
    ("identifier", "month"),
    [("2503.11731", "2025-03"), ("cs/9902027", "1999-02"), ("hep-th/0309136", "2003-09"),
     ("0704.0001", "2007-04"), ("9108.0001", "1991-08")],
)  # fmt: skip
def test_an_arxiv_id_tells_its_month(identifier, month):
    assert arxiv_month(identifier) == month


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("10.1145/2783258.2788627", "10.1145/2783258.2788627"),
        ("10.1145/2783258.2788627.", "10.1145/2783258.2788627"),
        ("10.1504/IJESDF.2007.013596,", "10.1504/ijesdf.2007.013596"),
        ("https://doi.org/10.1093/BIOMET/asn012", "10.1093/biomet/asn012"),
        ("http://dx.doi.org/10.1000/x_(1)", "10.1000/x_(1)"),
        ("doi: 10.1000/abc", "10.1000/abc"),
        ("10.1000.10/123", "10.1000.10/123"),
        ("10.1002/(SICI)1099-1425(200005/06)3:3<139::AID-JOS41>3.0.CO;2-2",
         "10.1002/(sici)1099-1425(200005/06)3:3<139::aid-jos41>3.0.co;2-2"),
    ],
)  # fmt: skip
def test_dois_are_read_in_all_their_forms(text, known):
    assert doi(text) == known
    assert doi(known) == known


@pytest.mark.parametrize(
    "text",
    ["", "10.1145", "10.1145/", "10.1145/.", "10.471/x", "1904.04794", "10. 1145/3154499",
     "10.1000/a b", "10.1000/\x00", '10.1007/s00236-012-0164-0"', "10.1000/" + "x" * 500],
)  # fmt: skip
def test_other_texts_are_no_dois(text):
    assert doi(text) is None


# --- titles ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Attention Is All You Need", "ATTENTION is all   you need."),
        ('T\\"ULU 3: Pushing Frontiers', "TÜLU 3 – pushing frontiers"),
        ("A $k$-means++ Survey", "A k-means++ survey"),
        ("{\\it Deep} \\textbf{Learning}", "Deep Learning"),
        ("Poincar\\'e Embeddings", unicodedata.normalize("NFD", "Poincaré embeddings")),
        ("The “Best” Model’s End", "The \"best\" model's end"),
        ("Ｆｕｌｌ width", "full width"),
        ("Straße", "STRASSE"),
        ("e\ufb03cient nets", "efficient nets"),
    ],
)
def test_a_title_key_is_the_same_through(one, other):
    assert title_key(one) == title_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("On Things, Part I", "On Things, Part II"),
        ("On Things, Part 1", "On Things, Part 2"),
        ("On Things", "On Things, Part I"),
        ("GPT-2", "GPT-3"),
        ("α-divergence", "β-divergence"),
        ("深度学习", "机器学习"),
    ],
)
def test_two_titles_have_two_keys(one, other):
    assert title_key(one) != title_key(other)


def test_a_title_key_stays_within_an_index_page():
    long = "A word " * 200
    assert len(title_key(long)) == 200
    assert title_key(long) != title_key(long + "more")
    assert title_key(long.upper()) == title_key(long)
    assert title_key("?!") == ""


@given(st.text(st.characters(categories=("L", "N", "Z")), max_size=60))
def test_a_title_key_survives_unicode_forms_and_case(title):
    assert title_key(unicodedata.normalize("NFD", title)) == title_key(title)
    assert title_key(f"  {title}\n.") == title_key(title)
    assert title_key(title_key(title)) == title_key(title)


def test_the_titles_of_the_saved_pages_have_a_key_each(shared):
    pages = sorted((shared / "data/pages").glob("*.txt"))
    found = [
        entry.paper.title
        for page in pages
        for entry in saved_page.records(page.read_text().split("\n"), None)
    ]
    assert (len(found), len(set(found)), len(set(map(title_key, found)))) == (473, 358, 358)


# --- ids and slugs for addresses -------------------------------------------------------------


def test_a_public_id_is_the_arxiv_id_or_words_and_a_digest():
    assert public_id(paper("X", "doi:10.1/x", "arxiv:2503.11731")) == "2503.11731"
    assert re.fullmatch(r"attention-is-all-you-need-[0-9a-f]{8}", public_id(paper()))
    assert re.fullmatch(r"[0-9a-f]{8}", public_id(paper("?!")))
    assert re.fullmatch(r"x{48}-[0-9a-f]{8}", public_id(paper("x" * 90)))
    assert re.fullmatch(r"(word-){8}word-[0-9a-f]{8}", public_id(paper("word " * 90)))


def test_public_ids_are_told_apart():
    ids = [
        public_id(one)
        for one in (
            paper(),
            paper(authors=["Ann Lee"]),  # another paper of the same title
            paper(authors=["Bo Ek"]),
            paper(TITLE, "doi:10.1000/one"),
            paper(TITLE, "doi:10.1000/two"),
            paper(TITLE, "other:7"),
            paper(TITLE + "?!"),  # the same title
        )
    ]
    assert len(set(ids)) == 6
    assert ids[0] == ids[-1]
    assert ids[3] == public_id(paper(TITLE, "doi:10.1000/one", authors=["Ann Lee"]))


@given(st.text(max_size=100))
def test_slugs_are_safe_in_addresses(text):
    assert re.fullmatch(r"[\w.-]{8,57}", public_id(paper(text)))
    assert public_id(paper(text)) == public_id(paper(text))
    for made in (author_slug(text), slug(text) or "x"):
        assert re.fullmatch(r"[^\W_]+(-[^\W_]+)*-?", made)
    assert len(author_slug(text)) <= 150


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Kurt Gödel", "kurt-godel"),
        ("Jean-Pierre Serre", "jean-pierre-serre"),
        ("Łukasz Kaiser", "łukasz-kaiser"),
        ("李 航", "李-航"),
        ("한국 사람", "한국-사람"),
        ("O'Brien, Jr.", "o-brien-jr"),
    ],
)
def test_author_slugs(name, made):
    assert author_slug(name) == made


def test_a_name_without_letters_has_a_slug_of_its_own():
    assert re.fullmatch(r"author-[0-9a-f]{12}", author_slug("***"))
    assert author_slug("***") != author_slug("**")


# --- authors ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("", []),
        ("Ann Lee", ["Ann Lee"]),
        ("Ann Lee, Bo Ek", ["Ann Lee", "Bo Ek"]),
        ("Ann Lee and Bo Ek", ["Ann Lee", "Bo Ek"]),
        ("Ann Lee, Bo Ek, and Cy Day", ["Ann Lee", "Bo Ek", "Cy Day"]),
        ("Ann Lee; Bo Ek & Cy Day", ["Ann Lee", "Bo Ek", "Cy Day"]),
        ("X. Jessie Jeng And Z. John Daye", ["X. Jessie Jeng", "Z. John Daye"]),
        ("A. Caron, \\and B. D'Haene,\n \\and C. Rouat", ["A. Caron", "B. D'Haene", "C. Rouat"]),
        ("A. Uthor (MIT, USA), B. Uthor, Jr. and C. Lab Collaboration",
         ["A. Uthor", "B. Uthor, Jr.", "C. Lab Collaboration"]),
        ("A. Uthor (1 and 2), B. Author (2 (deceased)) ((1) MIT, (2) Here)",
         ["A. Uthor", "B. Author"]),
        ("Jin Wang, Ph. D., Javier Cabrera, PhD, Al Bo III", ["Jin Wang, Ph. D.",
         "Javier Cabrera, PhD", "Al Bo III"]),
        ("Anderson Brandt, Sandy Band, Ferdinand Rand",
         ["Anderson Brandt", "Sandy Band", "Ferdinand Rand"]),
        ("Qi Wang, Senior Member, IEEE, Li Xu, Fellow, IEEE", ["Qi Wang", "Li Xu"]),
        ("INDIGO Collaboration, :, Davide Salomoni", ["INDIGO Collaboration", "Davide Salomoni"]),
        ("Keith Vander Linden, ; Barbara Di Eugenio, .",
         ["Keith Vander Linden", "Barbara Di Eugenio"]),
        ("Ann Lee, et al.", ["Ann Lee"]),
        ("Ann Lee and others", ["Ann Lee"]),
        ("Andr\\'e Lima, Kurt G{\\\"o}del", ["André Lima", "Kurt Gödel"]),
        ("Ph. Ciuciu, Jr-Shin Li", ["Ph. Ciuciu", "Jr-Shin Li"]),
        ("M. Truszczynski], Bo* (", ["M. Truszczynski", "Bo"]),
    ],
)  # fmt: skip
def test_an_author_line_is_split(line, names):
    assert split_authors(line) == names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Bertrand Meyer", "Bertrand Meyer"),  # no "and" is taken out of a name
        ("and Lei Bai", "Lei Bai"),
        ("and", ""),
        ("danah boyd", "danah boyd"),
        ("Jiali Duan*", "Jiali Duan"),
        ("\\\\Ajinkya Mulik", "Ajinkya Mulik"),
        ("Lei Zhang (张磊)", "Lei Zhang (张磊)"),
        ("Eduardo~I. Silva", "Eduardo I. Silva"),
        ("O'Brien", "O'Brien"),
        (":", ""),
        ("Fellow IEEE", ""),
    ],
)
def test_author_names(text, name):
    assert author_name(text) == name


@pytest.mark.parametrize("hostile", ["(" * 200_000, "(" * 100_000 + ")" * 100_000, "a," * 50_000])
def test_hostile_author_lines_take_no_time(hostile):
    assert split_authors(hostile) == ["a"] * hostile.count("a")


# --- the record itself -----------------------------------------------------------------------


def test_a_papers_day_and_date():
    assert paper(TITLE, announced="2025-03-18", published="2025-03-17").day == date(2025, 3, 18)
    assert paper(TITLE, published="2025-03-17").day == date(2025, 3, 17)
    assert paper(TITLE, published="2025-03").day is None
    assert paper(TITLE, announced="2025-03-18", published="2025-03-17").date == "2025-03-17"
    assert paper(TITLE, ARXIV).date == "2017-06"
    assert paper().date == ""


def test_a_paper_reads_well():
    known = paper('T\\"ULU', ARXIV, authors=["Ann Lee", "Bo Ek"], public_id="1706.03762")
    assert repr(known) == "<Paper 1706.03762: TÜLU (Ann Lee et al., 2017-06)>"
    assert repr(paper("X")) == "<Paper (new): X>"
    assert (known.arxiv, known.doi, known.identity("other")) == ("1706.03762", "", "")
