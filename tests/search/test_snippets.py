"""The pieces of a text that are shown, with the words that were looked for."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertide.search.lexical import term
from papertide.search.snippets import mark, snippet


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


@given(st.text(max_size=200), st.lists(st.text(max_size=5), max_size=4))
def test_marking_loses_nothing(text, words):
    pieces = mark(text, terms(*words, *text.split()[:3]))
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)


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


@given(st.text(st.sampled_from("ab. A\n\x00é"), max_size=900), st.integers(1, 400))
def test_any_text_has_a_snippet(text, length):
    pieces = snippet(text, terms("a", "b"), length)
    joined = "".join(piece.text for piece in pieces)
    assert len(joined) <= length + 4
    assert joined.removeprefix("… ").removesuffix(" …") in text


def test_hostile_texts_take_no_time():
    started = time.monotonic()
    for text in ("A. " * 1_000_000, "x" * 3_000_000, "x " * 1_500_000, ". " * 1_000_000):
        assert len(snippet(text + "zebra", terms("a", "zebra"))) < 400
        assert len(snippet(text[:9000] + "zebra" + text, terms("a", "zebra"))) < 400
    assert time.monotonic() - started < 5
