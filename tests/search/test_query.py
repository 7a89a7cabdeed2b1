"""What was typed, taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertide.search.query import MAX_LENGTH, parse


@pytest.mark.parametrize(
    ("text", "words", "phrases"),
    [
        ("", [], ()),
        ("   ", [], ()),
        ("graph neural networks", ["graph", "neural", "networks"], ()),
        ('"graph neural" networks', ["networks"], ("graph neural",)),
        ('a "b c" d "e" f', ["a", "d", "f"], ("b c", "e")),
        ('"b c"', [], ("b c",)),
        ('""', [], ()),
        ('" "', [], ()),
        ('say "cheese', ["say", '"cheese'], ()),
        ('a "b" c "d', ["a", "c", '"d'], ("b",)),
        ('"""', ['"'], ()),
        ("it's AND NOT (or:field^2) -x* ~", ["it's", "AND", "NOT", "(or:field^2)", "-x*", "~"], ()),
    ],
)
def test_words_and_phrases(text, words, phrases):
    query = parse(text)
    assert query.words.split() == words
    assert query.phrases == phrases


def test_what_is_longer_than_a_query_is_cut():
    assert len(parse("x " * 10 * MAX_LENGTH).words) == MAX_LENGTH
    assert parse("x" * MAX_LENGTH + ' "y"').phrases == ()


@given(st.text(st.sampled_from('ab "\x00\n'), max_size=40))
def test_nothing_is_lost(text):
    query = parse(text)
    kept = query.words + "".join(query.phrases)
    assert sorted(kept.replace(" ", "")) == sorted(
        text.replace('"', "", 2 * (text.count('"') // 2)).replace(" ", "")
    ) or "\n" in "".join(text.split('"')[1::2])
