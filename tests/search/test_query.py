"""The query language: what is understood, what is told to be wrong, and that nothing crashes."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papertide.search import query as module
from papertide.search.query import MAX_LENGTH, Query, parse, pointed
from papertide.search.tree import (
    All,
    Among,
    Dated,
    Either,
    Is,
    Not,
    Phrase,
    PickedBy,
    Voted,
    Word,
    Words,
    narrow,
    plain,
    show,
    sought,
    structured,
)
from papertide.sources import files
from tests.search import queries


def words(*texts, field=""):
    return Words(tuple(map(Word, texts)), field)


def phrase(text, field=""):
    return Words((Phrase(text),), field)


CL, CODE = Is("category", "cs.CL"), Is("has", "code")
A, B, C = words("a"), words("b"), words("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        (" \t\n ", None),
        ("graph neural networks", words("graph", "neural", "networks")),
        ('"graph  neural" networks', Words((Phrase("graph neural"), Word("networks")))),
        ("“graph neural”", phrase("graph neural")),
        ('a "b c" d', Words((Word("a"), Phrase("b c"), Word("d")))),
        ('""', None),
        # Operators, and what binds more tightly.
        ("a b AND c", All((words("a", "b"), C))),
        ("a AND b OR c", Either((All((A, B)), C))),
        ("a AND (b OR c)", All((A, Either((B, C))))),
        ("a ANDNOT b", All((A, Not(B)))),
        ("a AND NOT b", All((A, Not(B)))),
        ("a NOT b", All((A, Not(B)))),
        ("a -b", All((A, Not(B)))),
        ("-b", Not(B)),
        ("-(a b)", Not(words("a", "b"))),
        ("a -(b OR c)", All((A, Not(Either((B, C)))))),
        ("NOT NOT a", A),
        ("NOT -a", A),
        ("a OR -b", Either((A, Not(B)))),
        ("a OR (b OR c)", Either((A, B, C))),
        ("a and b or not c", words("a", "and", "b", "or", "not", "c")),
        # Parentheses around plain words mean nothing: titles have them.
        ("a (b c)", words("a", "b", "c")),
        ("(((a)))", A),
        ("a (b OR c)", All((A, Either((B, C))))),
        ("()", None),
        ("(p,q)-adic -x", All((words("p,q", "-adic"), Not(words("x"))))),
        ("(vertex, edge)-free graphs", words("vertex,", "edge", "-free", "graphs")),
        # Fields.
        ("ti:graph", words("graph", field="title")),
        ("TITLE:graph", words("graph", field="title")),
        ('abs:"graph neural"', phrase("graph neural", "abstract")),
        ("ti:(graph tree)", words("graph", "tree", field="title")),
        ("ti:(a OR b)", Either((words("a", field="title"), words("b", field="title")))),
        ("ti:(a au:b)", All((words("a", field="title"), words("b", field="authors")))),
        ("au:del_maestro", phrase("del maestro", "authors")),
        ("au:lecun_y", phrase("lecun y", "authors")),
        ('au:"LeCun, Yann"', phrase("Yann LeCun", "authors")),
        ("all:electron", words("electron")),
        ("jr:ICML", words("ICML", field="venue")),
        ("cat:cs.CL", CL),
        ("cat:cs.*", Is("category", "cs.", True)),
        ("cat:(cs.CL OR hep-th)", Either((CL, Is("category", "hep-th")))),
        ("cat:(cs.CL hep-th)", Either((CL, Is("category", "hep-th")))),
        ("source:arxiv", Is("source", "arxiv")),
        ("id:1706.03762v5", Is("id", "1706.03762")),
        ("id:https://arxiv.org/abs/1706.03762", Is("id", "1706.03762")),
        ("id:Math.GT/0309136", Is("id", "math/0309136")),
        ("id:a-title-0123abcd", Is("id", "a-title-0123abcd")),
        ("doi:10.1000/(SICI)10(2000)3:3<1::A>3.0", Is("doi", "10.1000/(sici)10(2000)3:3<1::a>3.0")),
        ("doi:https://doi.org/10.1000/X", Is("doi", "10.1000/x")),
        ("has:code -has:abstract", All((CODE, Not(Is("has", "abstract"))))),
        # Dates and votes.
        ("date:2024", Dated(date(2024, 1, 1), date(2024, 12, 31))),
        ("date:2024-02", Dated(date(2024, 2, 1), date(2024, 2, 29))),
        ("date:2024-05..2024-07", Dated(date(2024, 5, 1), date(2024, 7, 31))),
        ("date:..2024", Dated(None, date(2024, 12, 31))),
        ("date:2024-05-17..", Dated(date(2024, 5, 17))),
        ("date:>2024", Dated(date(2025, 1, 1))),
        ("date:>=2024", Dated(date(2024, 1, 1))),
        ("date:<2024-03", Dated(None, date(2024, 2, 29))),
        ("date:<=2024", Dated(None, date(2024, 12, 31))),
        ("submittedDate:[202301010600 TO 202401010600]", Dated(date(2023, 1, 1), date(2024, 1, 1))),
        ("submittedDate:[20230101+TO+*]", Dated(date(2023, 1, 1))),
        ("date:[2023 TO 2024-06]", Dated(date(2023, 1, 1), date(2024, 6, 30))),
        ("by:ada", PickedBy("ada")),
        ("by:@Ada", PickedBy("Ada")),
        ("votes:>10", Voted(11)),
        ("votes:>=10", Voted(10)),
        ("votes:<10", Voted(0, 9)),
        ("votes:10", Voted(10, 10)),
        ("votes:10..20", Voted(10, 20)),
        ("votes:..20", Voted(0, 20)),
        # Beginnings and misspellings.
        ("transform*", Words((Word("transform", "*"),))),
        ("transfromer~", Words((Word("transfromer", "~2"),))),
        ("graf~ net~2", Words((Word("graf", "~1"), Word("net", "~2")))),
        ("ti:transform*", Words((Word("transform", "*"),), "title")),
        ("self-superv*", Words((Word("self-superv", "*"),))),
        ("in~", words("in")),
        # arXiv's own.
        ('ti:"deep learning" ANDNOT cat:cs.CL', All((phrase("deep learning", "title"), Not(CL)))),
        ("au:del_maestro ANDNOT (ti:a OR ti:b)",
         All((phrase("del maestro", "authors"),
              Not(Either((words("a", field="title"), words("b", field="title"))))))),
        # Conditions beside words, wherever they stand.
        ("cat:cs.CL a has:code b", All((words("a", "b"), CL, CODE))),
        ("cat:cs.CL AND a", All((CL, A))),
    ],
)  # fmt: skip
def test_what_is_understood(text, tree):
    query = parse(text)
    assert query == Query(text, tree)
    assert parse(show(tree)).tree == tree


@pytest.mark.parametrize(
    "text",
    ["word:other", "CAT: Cross Attention", "DATE: Dual", "self-supervised", "A* search", "Q*", "*",
     "a*b", "a**", "~x", "x ~ y", "C++", "- a", "a - b", "--x", "p<0.05", "x -> y", "a -\u2192 b",
     'Schr\\"odinger and G{\\"o}del', "x^2 [a TO b]", "a:b:c",
     "R&D", "https://arxiv.org/abs/1706.03762", "p(y|x)", "f(x)=y", "What? Why!", "O(n^2)",
     "ti : x", "ti:", "x ti:", "NOTE", "ORB", "\\alpha $x$", "1/2", "'quoted'"],
)  # fmt: skip
def test_plain_text(text):
    assert parse(text) == Query(text, words(*text.split()))


@pytest.mark.parametrize(
    ("text", "position", "part", "kept"),
    [
        ('say "cheese', 4, "quotation mark is never closed", "say cheese"),
        ('a 12" robot', 4, "quotation mark is never closed", "a 12 robot"),
        ("(a b", 0, "parenthesis is never closed", "a b"),
        ("a b)", 3, "never opened", "a b"),
        ("a AND", 2, "AND wants something after it", "a"),
        ("OR a", 0, "OR wants something before it", "a"),
        ("a OR AND b", 5, "AND wants something before it", "a OR b"),
        ("(a OR) b", 3, "OR wants something after it", "a b"),
        ("a NOT", 2, "NOT wants something after it", "a"),
        ("a ti:AND AND", 9, "AND wants", "a ti:AND"),
        ("date:nonsense a", 5, "date: wants", "a"),
        ("date:2024-13", 5, "date: wants", ""),
        ("date:2023-02-29", 5, "date: wants", ""),
        ("date:0000", 5, "date: wants", ""),
        ("date:..", 5, "date: wants", ""),
        ("date:>9999-12-31", 5, "date: wants", ""),
        ("date:2025..2024", 5, "ends before it begins", ""),
        ("submittedDate:[2023 TO", 14, "date: wants", "TO"),
        ("votes:many", 6, "votes: wants", ""),
        ("votes:<0", 6, "votes: wants", ""),
        ("votes:99999999999999999999", 6, "votes: wants", ""),
        ("a has:wings", 6, "has: knows abstract, code", "a"),
        ("doi:x b", 4, "doi: wants", "b"),
        ("a by:@ b", 5, "by: wants the handle", "a b"),
        ("-date:x a", 6, "date: wants", "a"),
        ('cat:""', 4, "nothing between", ""),
        ("a OR date:x", 10, "date: wants", "a"),
        ("x" * MAX_LENGTH + "y", MAX_LENGTH, "is cut after", "x" * MAX_LENGTH),
        ("(" * 25 + "a OR b" + ")" * 25, 20, "more than 20 deep", "a OR b"),
    ],
)
def test_mistakes_are_told_and_the_rest_is_kept(text, position, part, kept):
    query = parse(text)
    assert [mistake.position for mistake in query.mistakes] == [position]
    assert part in query.mistakes[0].text
    assert query.tree == parse(kept).tree


def test_each_mistake_has_its_place():
    found = parse('a) date:x "b AND')
    assert [mistake.position for mistake in found.mistakes] == [1, 8, 10, 13]
    assert show(found.tree) == "a b"


def test_conditions_that_may_stand_for_thousands_are_few():
    query = parse(" ".join(f"word{n}*" for n in range(30)))
    assert sum(bool(word.form) for word in query.tree.parts) == module.MAX_WIDE
    assert len(query.tree.parts) == 30
    assert len(query.mistakes) == 1
    for text in ("votes:{}", "au:lecun_{}", "cat:c{}*", 'au:"{}. LeCun"'):
        letters = "abcdefghijklmnop" if "votes" not in text else range(16)
        query = parse(" ".join(map(text.format, letters)))
        assert len(query.tree.parts) == module.MAX_WIDE
        assert [mistake.text[:12] for mistake in query.mistakes] == ["More than 10"]


def test_a_query_of_many_parts_is_read_up_to_some():
    query = parse(" OR ".join(["(a"] * 150))
    assert [m.position for m in query.mistakes] == [0, 6, 12, 120, 603]
    assert "nested more than" in query.mistakes[-2].text
    assert "Only 100" in query.mistakes[-1].text
    told = parse("(a OR b) " * 150).mistakes
    assert told[-1].text == "Only 100 operators, fields and phrases are read."
    assert len(parse(" -a" * 150).tree.parts) == module.MAX_MARKS


def test_pointing_at_a_character():
    assert pointed("a) b", 1) == ("a) b", " ^")
    shown, caret = pointed("日本) x", 2)
    assert (shown, caret) == ("日本) x", "    ^")
    shown, caret = pointed("x" * 500 + ")" + "\n" * 500, 500)
    assert shown[len(caret) - 1] == ")"
    assert "\n" not in shown
    assert pointed("x" * MAX_LENGTH + "y", MAX_LENGTH)[1].endswith("^")


@pytest.mark.parametrize(
    "text",
    ["(" * 500 + "a" + ")" * 500, "(a OR " * 500, "(a OR b) AND (" * 300, "NOT " * 499 + "a",
     ")" * 999, '"' * 999, "a" * 100_000, "word " * 5000, "-" * 2000, " -a" * 600,
     "ti:" * 600, "ti:(" * 500, "a OR " * 400, "AND " * 500, "x* " * 600,
     "xyz~ " * 400, "the of and", "-x", "\x00" * 9,
     "\u202eabc", "date:" + "9" * 1900, "(?:a|b)*[c-d]{2,}$^", "%27%20OR%201=1",
     "cat:" + "x" * 1900, "\ud800",
     "votes:" + ">" * 1900, "[" * 1000, "date:[" * 300, '("' * 600, "au:" + "_" * 1900,
     "au:a_" * 400],
)  # fmt: skip
def test_nothing_crashes(text):
    query = parse(text)
    assert parse(show(query.tree)).tree == query.tree or len(text) > 1000
    assert all(0 <= mistake.position <= len(text) for mistake in query.mistakes)


@settings(max_examples=1000)
@given(queries.texts)
def test_whatever_is_typed_prints_as_what_it_was_understood_as(text):
    query = parse(text)
    assert parse(show(query.tree)).tree == query.tree
    assert all(0 <= mistake.position <= len(text) for mistake in query.mistakes)
    pointed(text, len(text))


@settings(max_examples=300)
@given(queries.structured)
def test_made_trees_print_as_themselves(tree):
    assert parse(show(tree)) == Query(show(tree), tree)


@settings(max_examples=500)
@given(st.lists(st.text(min_size=1, max_size=8) | st.sampled_from(["a:b", "x*y", "-", "p(y)"]),
                max_size=8).map(" ".join))  # fmt: skip
def test_plain_words_are_read_alike_with_and_without_the_grammar(text):
    if not module._SPECIAL.search(text):
        mistakes = []
        assert module._parsed(module._NEVER.sub(" ", text), mistakes) == parse(text).tree
        assert mistakes == []


def test_titles_are_plain_text(shared):
    """Of the saved pages' titles none holds a mistake, an operator or a condition."""
    titles = {
        row.paper.title
        for page in sorted((shared / "data" / "pages").glob("*.txt"))
        for row in files.read(page)
    }
    assert len(titles) > 350
    for title in titles:
        query = parse(title)
        assert query.mistakes == (), title
        assert isinstance(query.tree, Words) and not query.tree.field, title


# --- trees -----------------------------------------------------------------------------------


def test_a_forms_conditions():
    assert narrow() is None
    since, until = date(2024, 1, 1), date(2024, 6, 30)
    tree = narrow(["cs.CL", "cs.LG"], ["arxiv"], since, until)
    assert show(tree) == "(cat:cs.CL OR cat:cs.LG) source:arxiv date:2024-01-01..2024-06-30"
    assert parse(show(tree)).tree == tree
    assert show(narrow(sources=['two "words'])) == "source:\"two 'words\""


def test_what_has_no_text_cannot_be_printed():
    with pytest.raises(ValueError, match="cannot be typed"):
        show(Among(frozenset([1])))


@pytest.mark.parametrize(
    ("text", "held", "rest"),
    [
        ("a b cat:cs.CL", "a b", "cat:cs.CL"),
        ("a -b", "a", ""),
        ("a AND b", "", ""),
        ("(a OR b) has:code", "", "has:code"),
        ("ti:a", "", ""),
        ("ti:a OR cat:cs.CL", "", ""),
        ("-cat:cs.CL", "", "-cat:cs.CL"),
        ("-(cat:cs.CL ti:a)", "", ""),
        ("id:2401.00001 date:2024", "", "date:2024"),
        ("cat:cs.CL OR date:2024", "", "cat:cs.CL OR date:2024"),
    ],
)
def test_the_parts_of_a_tree(text, held, rest):
    tree = parse(text).tree
    assert plain(tree) == parse(held).tree
    assert structured(tree) == parse(rest).tree


def test_what_is_sought():
    tree = parse('a -b (c OR ti:d) -(e AND -f) cat:x "g h"').tree
    assert [show(found) for found in sought(tree)] == ['a "g h"', "c", "ti:d"]
