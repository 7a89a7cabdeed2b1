"""The pieces of a text that are shown, with the words that were looked for."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertide.reading.clean import clean, pieces
from papertide.search.lexical_query import term
from papertide.search.snippets import Piece, mark, snippet


def terms(*words: str) -> frozenset[str]:
    return frozenset(map(term, words)) - {""}


def shown(pieces) -> str:
    """Pieces as one text, matches in brackets."""
    return "".join(f"[{piece.text}]" if piece.match else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("", ["x"], ""),
        ("No match here.", ["zebra"], "No match here."),
        ("No words.", [], "No words."),
        ("Graph networks", ["network"], "Graph [networks]"),
        ("GRAPHS, graph-like", ["graph"], "[GRAPHS], [graph]-like"),
        ("By Gödel (naïve)", ["godel", "naive"], "By [Gödel] ([naïve])"),
        ("all of it", ["all", "it"], "[all] of [it]"),
        ("<b>bold</b> & x_y", ["bold", "b", "x"], "<[b]>[bold]</[b]> & [x]_y"),
        ("深度学习", ["深度学习"], "[深度学习]"),
    ],
)
def test_marks(text, words, marked):
    assert shown(mark(text, terms(*words))) == marked


def plain(source: str) -> str:
    return "".join(p if isinstance(p, str) else p.text for p in pieces(source))


@given(st.text(max_size=200), st.lists(st.text(max_size=5), max_size=4))
def test_marking_loses_nothing(text, words):
    marks = mark(text, terms(*words, *text.split()[:3]))
    assert "".join(piece.text for piece in marks) == plain(text)
    assert all(piece.text for piece in marks)


OPENING = "This paper begins with words that say little of what it is about. "
LONG = OPENING * 8 + "Zebras have stripes. " + OPENING * 8


def test_a_short_text_is_shown_whole():
    assert shown(snippet("Zebras have stripes.", terms("zebra"))) == "[Zebras] have stripes."


@pytest.mark.parametrize("words", [[], ["lion"], ["paper"]])
def test_the_start_is_shown_unless_another_place_is_better(words):
    text = "".join(piece.text for piece in snippet(LONG, terms(*words)))
    assert text.startswith(OPENING)
    assert text.endswith(" …")
    assert len(text) <= 322
    assert LONG.startswith(text.removesuffix(" …") + " ")  # it ends with a whole word


def test_a_better_place_begins_with_a_sentence():
    pieces = snippet(LONG, terms("zebra", "stripe"))
    assert "[Zebras] have [stripes]." in shown(pieces)
    assert pieces[0].text == "… "
    assert shown(pieces[1:]).startswith(("This paper", "[Zebras]"))
    assert pieces[-1].text == " …"


def test_the_end_of_a_text_needs_no_dots():
    text = OPENING * 8 + "Zebras have stripes."
    assert shown(snippet(text, terms("zebra"))).endswith("[Zebras] have stripes.")


SOURCES = st.lists(
    st.sampled_from(["a", "b", ". ", "A", "\n", "\x00", "é", "-", "$x$", r"$\frac{a b}{c}$", "$$",
                     r"\(a. B c\)", "$", r"\$", " ", r"$\text{" + "long " * 9 + "}$"]),
    max_size=300,
).map("".join)  # fmt: skip


@given(SOURCES, st.integers(1, 400))
def test_any_text_has_a_snippet(source, length):
    found = snippet(source, terms("a", "b"), length)
    joined = "".join(piece.text for piece in found)
    formulas = {piece.latex: piece.text for piece in found if piece.latex}
    assert len(joined) <= max([length, *map(len, formulas.values())]) + 4
    assert joined.removeprefix("… ").removesuffix(" …") in plain(source)
    whole = {p.latex: p.text for p in pieces(source) if not isinstance(p, str)}
    assert formulas.items() <= whole.items()  # none is cut
    assert not any(piece.match and piece.latex for piece in found)


def test_formulas_are_pieces():
    assert mark(r"Fast $\ell_2$-norm for $k$ norms, \$5", terms("norm", "k", "2")) == [
        Piece("Fast "),
        Piece("ℓ_2", latex=r"\ell_2"),
        Piece("-"),
        Piece("norm", match=True),
        Piece(" for "),
        Piece("k", latex="k"),
        Piece(" "),
        Piece("norms", match=True),
        Piece(", $5"),
    ]


def test_a_word_that_a_formula_begins_is_not_marked():
    found = mark("the $n$th zebra", terms("nth", "zebra"))
    assert found[1:3] == [Piece("n", latex="n"), Piece("th ")]


def test_a_formula_is_never_cut():
    source = r"It is $a + b + c + d$ that counts."
    shown = {n: snippet(source, frozenset(), n) for n in range(1, 30)}
    for found in shown.values():
        assert not any("+" in piece.text and not piece.latex for piece in found)
    assert [piece.text for piece in shown[12]] == ["It is", " …"]
    assert [piece.text for piece in shown[20]] == ["It is ", "a + b + c + d", " …"]


def test_a_formula_that_begins_a_text_is_shown_whole():
    found = snippet("$a + b + c$ counts", frozenset(), 3)
    assert [piece.text for piece in found] == ["a + b + c", " …"]


def test_a_text_in_place_of_a_formula_may_be_cut():
    """A formula longer than any real one is text: a snippet stays short."""
    source = r"$\text{" + "word " * 1000 + "}$"
    assert sum(len(piece.text) for piece in snippet(source, frozenset(), 100)) < 110


def test_a_sentence_inside_a_formula_begins_no_snippet():
    source = OPENING * 6 + r"So $x \text{. Zebra stripes}$ ends. " + OPENING * 8
    assert snippet(source, terms("zebra", "stripe"))[0].text.startswith(OPENING)


def test_without_formulas_a_snippet_is_plain_text():
    source = r"Na\"ive {\em words} and 8\% of it, \$5."
    assert shown(snippet(source, frozenset())) == clean(source)


def test_hostile_texts_take_no_time():
    started = time.monotonic()
    for text in ("A. " * 1_000_000, "x" * 3_000_000, "x " * 1_500_000, ". " * 1_000_000):
        assert len(snippet(text + "zebra", terms("a", "zebra"))) < 400
        assert len(snippet(text[:9000] + "zebra" + text, terms("a", "zebra"))) < 400
    assert time.monotonic() - started < 5
