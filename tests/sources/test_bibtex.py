"""BibTeX: entries as people write them, and files that are broken."""

import contextlib
import itertools
import json
import lzma
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertide.papers import title_key
from papertide.reading.clean import clean
from papertide.site.catalog.bibtex import entry as exported
from papertide.sources import arxiv, bibtex
from papertide.sources.base import Rejection, SourceError
from papertide.sources.libraries import LibraryEntry


def read(text: str | bytes) -> list[LibraryEntry | Rejection]:
    return list(bibtex.entries(text if isinstance(text, bytes) else text.encode()))


def one(fields: str, kind="article") -> LibraryEntry:
    [entry] = read(f"@{kind}{{key, {fields}}}")
    return entry


def paper(fields: str, **named):
    return one(fields, **named).record.paper


FILE = r"""% Encoding: UTF-8
@string{ nips = "NeurIPS" }
@STRING(volume = nips # { 30})
@comment{jabref-meta: databaseType:bibtex;}
@InProceedings{vaswani2017,
  title     = {{Attention Is All You Need}},
  author    = {Vaswani, Ashish and Shazeer, Noam and others},
  booktitle = volume,
  year      = 2017,
  month     = jun # "~12",
  doi       = {https://doi.org/10.1000/ABC\_1},
  eprint    = {1706.03762v5}, archivePrefix = {arXiv},
  url       = {https://arxiv.org/abs/1706.03762},
  keywords  = {attention, nlp; to read},
  note      = {Read it \emph{twice}},
  annote    = {The one.},
  date-added = {2020-01-02 10:00:00 +0100},
}
"""


def test_an_entry():
    [entry] = read(FILE)
    held = entry.record.paper
    assert held.title == "Attention Is All You Need"
    assert held.authors == ["Ashish Vaswani", "Noam Shazeer"]
    assert held.identities == ["doi:10.1000/abc_1", "arxiv:1706.03762"]
    assert (held.venue, held.published, held.links) == ("NeurIPS 30", "2017-06-12", [])
    assert (entry.key, entry.added) == ("vaswani2017", "2020-01-02")
    assert entry.tags == ["attention", "nlp", "to read"]
    assert entry.notes == ["Read it twice", "The one."]
    assert (entry.record.source, entry.record.line) == ("bibtex", 5)


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Ann Lee", ["Ann Lee"]), ("Lee, Ann and Ek, Bo", ["Ann Lee", "Bo Ek"]),
        (r"G{\"o}del, Kurt and Erd\H{o}s, P{\'a}l", ["Kurt Gödel", "Pál Erdős"]),
        ("van der Berg, Jr., Bo", ["Bo van der Berg, Jr."]),
        (r"de la Vall{\'e}e Poussin, Charles", ["Charles de la Vallée Poussin"]),
        ("{The ATLAS Collaboration} and Ann Lee", ["The ATLAS Collaboration", "Ann Lee"]),
        ("{Barnes and Noble}", ["Barnes and Noble"]), ("{A, B and C}", ["A, B and C"]),
        ("李 明 and Ödön", ["李 明", "Ödön"]),
        ("Ann Lee and others", ["Ann Lee"]), ("Ann Lee AND Bo Ek", ["Ann Lee", "Bo Ek"]),
        ("Ann\n  Lee\n and\n Bo Ek", ["Ann Lee", "Bo Ek"]), ("", []), ("and", []), (",", []),
        ("Ann Lee and Ann Lee", ["Ann Lee"]), ("A, B, C, D, E", ["C D E A, B"]),
    ],
)  # fmt: skip
def test_names(author, names):
    assert paper(f"title={{x}}, author = {{{author}}}").authors == names


def test_three_thousand_authors():
    people = " and ".join(f"Lee{n}, Ann" for n in range(3000))
    assert len(paper(f"title={{x}}, author={{{people}}}").authors) == 3000


@pytest.mark.parametrize(
    ("fields", "identities"),
    [
        ("eprint={1706.03762}, archivePrefix={arXiv}", ["arxiv:1706.03762"]),
        ("eprint={1706.03762}, eprinttype={arxiv}", ["arxiv:1706.03762"]),
        ("eprint={arXiv:1706.03762}", ["arxiv:1706.03762"]),
        ("eprint={cs/9902027}, archivePrefix={arXiv}", ["arxiv:cs/9902027"]),
        ("eprint={29456894}, eprinttype={pubmed}", ["pmid:29456894"]),
        ("eprint={12345}, eprinttype={jstor}", []),
        ("journal={arXiv preprint arXiv:1706.03762}", ["arxiv:1706.03762"]),
        ("journal={ArXiv}, volume={abs/1706.03762}", ["arxiv:1706.03762"]),
        ("journal={CoRR}, volume={abs/1706.03762}", ["arxiv:1706.03762"]),
        ("note={arXiv:1706.03762 [cs]}", ["arxiv:1706.03762"]),
        ("note={Extends arXiv:1706.03762}", []),
        (r"howpublished={\url{https://arxiv.org/pdf/1706.03762v2.pdf}}", ["arxiv:1706.03762"]),
        ("number={arXiv:1706.03762}, url={https://arxiv.org/abs/1801.00001}", []),
        ("doi={10.48550/arXiv.1706.03762}", ["arxiv:1706.03762"]),
        ("doi={10.1000/A}, url={https://doi.org/10.1000/a?x=1}", ["doi:10.1000/a"]),
        (r"doi={10.1007/978-3\_48}", ["doi:10.1007/978-3_48"]), ("doi={see url}", []),
        ("pmid={29456894}", ["pmid:29456894"]),
    ],
)
def test_identities(fields, identities):
    assert paper("title={A title}, " + fields).identities == identities


@pytest.mark.parametrize(
    ("fields", "published"),
    [
        ("year=2017", "2017"), ("year={2017}, month=jun", "2017-06"),
        ("year={2017}, month={June}", "2017-06"), ("year={2017}, month={6}", "2017-06"),
        ("year={2017}, month={12~jun}", "2017-06-12"),
        ('year=2017, month=jun # "~12"', "2017-06-12"),
        ("date={2017-06-12}", "2017-06-12"), ("date={2017-06-12/2017-06-15}", "2017-06-12"),
        ("date={2017-06}", "2017-06"), ("year={in press}", ""), ("year={c. 2017}", "2017"),
        ("year={2017}, month={13}", "2017"), ("year={2017}, month={Spring}", "2017"), ("", ""),
    ],
)  # fmt: skip
def test_dates(fields, published):
    assert paper("title={A title}, " + fields).published == published


@pytest.mark.parametrize(
    ("journal", "venue"),
    [("arXiv preprint arXiv:1706.03762", ""), ("CoRR", ""), ("ArXiv", ""), ("arXiv e-prints", ""),
     (r"J. Mach. Learn. Res. \& more", "J. Mach. Learn. Res. & more"),
     ("Archives of CORR", "Archives of CORR"), ("arXival studies", "arXival studies")],
)  # fmt: skip
def test_venues(journal, venue):
    assert paper(f"title={{x}}, journal={{{journal}}}").venue == venue


@pytest.mark.parametrize(
    ("written", "title"),
    [("{{A B}}", "A B"), ("{{A} and {B}}", "{A} and {B}"), ('"A {B} C"', "A {B} C"),
     ("{A \\} B}", "A \\} B"), ("{a # b}", "a # b"), ('{a} # "b" # c', "abc")],
)  # fmt: skip
def test_titles_and_pieces(written, title):
    assert paper(f"title = {written}").title == title


def test_fields_of_the_volume_it_is_in():
    [entry, volume] = read("@inproceedings{a, title={X}, crossref={V}}\n"
                           "@proceedings{v, title={Proc}, year=2019, doi={10.1000/v}}")  # fmt: skip
    held = entry.record.paper
    assert (held.venue, held.published, held.identities) == ("Proc", "2019", [])
    assert volume.key == "v"
    [round_and_round] = read("@misc{a, title={X}, crossref={a}}")
    assert round_and_round.record.paper.title == "X"


def test_a_broken_entry_loses_no_other():
    found = read("""
@article{first, title={One}, year=2001}
@article{broken, title = {A {brace too few}, author = {X},
  year = 2000}
@article{second, title = "Two"}
@article{first, title = {Doubled key}}
@article{third, title = {Three}, title = {Doubled field}}
@article{nothing, }
@article{nocomma title={x}}
no entry @ all
@article(round, title={Round})
@article{last, title={Cut o""")
    read_titles = [e.record.paper.title for e in found if isinstance(e, LibraryEntry)]
    assert read_titles == ["One", "Two", "Doubled key", "Three", "Round"]
    rejected = {e.line: e.reason for e in found if isinstance(e, Rejection)}
    assert set(rejected) == {3, 8, 9, 12}
    assert "neither a title nor an id" in rejected[8]
    assert "cut off" in rejected[12]


def test_encodings():
    text = "@misc{a, title={Größe}}\n@misc{b, title={naïve – “x”}}\n"
    for body in (text.encode(), b"\xef\xbb\xbf" + text.encode(), text.encode("cp1252"),
                 text.split("\n")[0].encode() + b"\n" + text.split("\n")[1].encode("cp1252"),
                 text.replace("\n", "\r\n").encode()):  # fmt: skip
        assert [e.record.paper.title for e in read(body)] == ["Größe", "naïve – “x”"]
    assert read("@misc{a, title={Größe}}".encode("latin-1"))[0].record.paper.title == "Größe"


def test_macros_of_macros_stay_small():
    lines = ["@string{a0 = {" + "x" * 1000 + "}}"]
    lines += [f"@string{{a{n} = a{n - 1} # a{n - 1}}}" for n in range(1, 60)]
    [entry] = read("\n".join([*lines, "@misc{k, title={T}, note = a59 # a59}"]))
    assert entry.reason == "a macro of more than 10,000 characters"


@pytest.mark.parametrize(
    "hostile",
    ["@article{", "@article{\n", "{", "@", '@a{x, t="', "@a{x,t={", "@string{a=b}\n", "\\",
     "@a{x,t={1}}\n", "@comment{", " @a{", "@a{x,t=a#", "@a{k,author={a and ,}}\n"],
)  # fmt: skip
def test_hostile_files_end_soon(hostile):
    read(hostile * 10_000)


def test_our_own_entries_read_back(shared):
    """1,000 real papers as we write them: the same titles, authors, ids and dates."""
    with lzma.open(shared / "data/arxiv/archive_cs_stat_eess.jsonl.xz", "rt") as lines:
        rows = map(json.loads, itertools.islice(lines, 0, 200_000, 200))
        papers = [arxiv.archive_row(row).paper for row in rows]
    found = read("\n".join(map(exported, papers)))
    assert len(found) == len(papers) == 1000
    for told, entry in zip(papers, found, strict=True):
        held = entry.record.paper
        assert title_key(held.title) == title_key(told.title)
        assert held.authors == list(dict.fromkeys(map(clean, told.authors)))
        assert (held.arxiv, held.doi) == (told.arxiv, told.doi)
        assert held.published == told.date[:7]


TOKENS = st.sampled_from(["@article{", "@misc(", "@string{", "@comment{", "key,", "title", "author",
                          "=", "{", "}", '"', ",", "#", "\n", " ", "\\", "and", "doi", "10.1000/x",
                          "month", "jan", "year", "2017", ")", "eprint", "crossref"])  # fmt: skip


@given(st.lists(TOKENS | st.text(max_size=4), max_size=60).map("".join))
def test_any_text_gives_entries_and_rejections(text):
    for found in bibtex.entries(text.encode("utf-8", "replace")):
        assert isinstance(found, LibraryEntry | Rejection)


FIELDS = st.sampled_from(["title", "author", "year", "month", "date", "doi", "eprint", "journal",
                          "url", "note", "keywords", "crossref"])  # fmt: skip


@given(st.dictionaries(FIELDS, st.text(st.characters(exclude_characters='{}\\"@', codec="utf-8"))))
def test_any_values(fields):
    body = "@misc{k,\n" + ",\n".join(f"{name} = {{{held}}}" for name, held in fields.items()) + "}"
    for found in bibtex.entries(body.encode()):
        assert isinstance(found, LibraryEntry | Rejection)


@given(st.binary(max_size=200))
def test_any_bytes(body):
    with contextlib.suppress(SourceError):
        list(bibtex.entries(b"@misc{a," + body))


def test_deep_braces_are_taken_off_in_one_pass():
    deep = "{" * 10_000 + "x" + "}" * 10_000
    started = time.monotonic()
    assert bibtex._bare(deep) == "x"
    assert time.monotonic() - started < 1
    for value, bare in (
        ("{ {A} }", "A"), ("{{A} and {B}}", "{A} and {B}"), ("{A} and {B}", "{A} and {B}"),
        (r"{A\}", r"{A\}"), ("{{A}", "{{A}"), ("{A}}", "{A}}"), ("{}", ""), ("{", "{"), ("", ""),
    ):  # fmt: skip
        assert bibtex._bare(value) == bare


def test_macros_that_double_do_not_fill_the_memory(monkeypatch):
    doubling = "@string{s0 = {0123456789}}\n" + "".join(
        f"@string{{s{n + 1} = s{n} # s{n}}}\n" for n in range(40)
    )
    *bad, good = read(doubling + "@misc{a, title = s40}\n@misc{b, title = s9}\n@misc{c, title={C}}")
    assert good.record.paper.title == "C"
    assert [one.record.paper.title for one in bad if isinstance(one, LibraryEntry)] == [
        "0123456789" * 2**9
    ]
    assert bad[0].reason == "a macro of more than 10,000 characters"

    monkeypatch.setattr(bibtex, "_LEAST_BUDGET", 0)
    many = "".join(f"@misc{{a{n}, title = s9}}\n" for n in range(100))
    *found, good = read(doubling + many + "@misc{c, title={C}}")
    assert good.record.paper.title == "C"
    assert any("too large" in one.reason for one in found if isinstance(one, Rejection))
