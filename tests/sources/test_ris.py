"""RIS: entries of many programs, and broken ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertide.papers import Link
from papertide.sources import ris
from papertide.sources.base import Rejection
from papertide.sources.libraries import LibraryEntry


def read(text: str | bytes) -> list[LibraryEntry | Rejection]:
    return list(ris.entries(text if isinstance(text, bytes) else text.encode()))


FILE = """Provider: Some Press
TY  - JOUR
AU  - Vaswani, Ashish
AU  - King, Martin, Jr.
AU  - The ATLAS Collaboration
TI  - Attention <i>is</i> all
 you need
AB  - We <b>study</b> it.
PY  - 2017
DA  - 2017/06/12/
JO  - Neural Things
DO  - 10.1000/XYZ
UR  - http://arxiv.org/abs/1706.03762v5
UR  - https://a.example/x;y
KW  - attention
KW  - nlp;to read
N1  - <p>Read it.</p>
ID  - vaswani2017
ER  - 
"""


def test_an_entry():
    [entry] = read(FILE)
    paper = entry.record.paper
    assert paper.title == "Attention is all you need"
    assert paper.authors == ["Ashish Vaswani", "Martin King, Jr.", "The ATLAS Collaboration"]
    assert paper.abstract == "We study it."
    assert paper.identities == ["doi:10.1000/xyz", "arxiv:1706.03762"]
    assert (paper.published, paper.venue) == ("2017-06-12", "Neural Things")
    assert paper.links == [Link("page", "https://a.example/x;y")]
    assert (entry.tags, entry.notes) == (["attention", "nlp", "to read"], ["Read it."])
    assert (entry.key, entry.record.line, entry.record.source) == ("vaswani2017", 2, "ris")


@pytest.mark.parametrize("change", [
    lambda text: text.replace("\n", "\r\n").encode(), lambda text: b"\xef\xbb\xbf" + text.encode(),
    lambda text: text.replace("  - ", " - ").encode(),
    lambda text: text.replace("ER  - \n", "").encode(),
    lambda text: text.replace("TI  -", "T1  -").replace("AU  -", "A1  -").encode("latin-1"),
])  # fmt: skip
def test_as_programs_write_it(change):
    [entry] = read(change(FILE))
    assert entry.record.paper.title == "Attention is all you need"
    assert len(entry.record.paper.authors) == 3


def test_a_broken_entry_loses_no_other():
    found = read("TY  - JOUR\nTI  - One\nTY  - JOUR\nTI  - Two\nER  - \nrubbish\nER  - \n"
                 "TY  - BOOK\nUK  - x\nZZ  - y\nER  -\nTY  - JOUR\n\n\nTI  - Three")  # fmt: skip
    assert [e.record.paper.title for e in found if isinstance(e, LibraryEntry)] == [
        "One", "Two", "Three",
    ]  # fmt: skip
    assert [(e.line, e.reason) for e in found if isinstance(e, Rejection)] == [
        (8, "neither a title nor an id")
    ]


def test_recognised_by_its_first_tag():
    assert ris.recognise(FILE.encode())
    assert ris.recognise(b"\r\nTY - CONF\r\n")
    assert not ris.recognise(b"TYPE - x\nTY  - \n")


def test_three_thousand_authors_and_no_end():
    [entry] = read("TY  - JOUR\nTI  - x\n" + "".join(f"AU  - Lee{n}, Ann\n" for n in range(3000)))
    assert len(entry.record.paper.authors) == 3000
    [rejected] = read("TY  - JOUR\n" + "N1  - x\n" * 30_000)
    assert "lines" in rejected.reason


TAGS = st.sampled_from(["TY  - JOUR", "ER  - ", "TI  - x", "AU  - Lee, A", "DO  - 10.1000/x",
                        "PY  - 2017", "UR  - x", "UK  - x", "ZZ  - x", "  more", "",
                        "TY  -"])  # fmt: skip


@given(st.lists(TAGS | st.text(max_size=12), max_size=30).map("\n".join))
def test_any_text_gives_entries_and_rejections(text):
    for found in ris.entries(text.encode("utf-8", "replace")):
        assert isinstance(found, LibraryEntry | Rejection)


@given(st.binary(max_size=200))
def test_any_bytes(body):
    list(ris.entries(b"TY  - JOUR\n" + body))
