"""The word index: what it finds, in which order."""

import random
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from papertide.search.lexical import MAX_OFFSET, LexicalIndex
from papertide.search.lexical_query import demanded, term
from papertide.search.query import parse
from papertide.search.tree import narrow, show
from tests.search import queries
from tests.search.documents import filled, found, made, put

# --- words -----------------------------------------------------------------------------------

LIBRARY = (
    made(1, "Graph neural networks", abstract="We classify molecules."),
    made(2, "A network of neurons", abstract="Graphs are not used.", authors=["Kurt Gödel"]),
    made(3, "Attention is all you need", abstract="The dominant sequence models.",
         authors=["Ashish Vaswani", "Noam Shazeer"]),
    made(4, "TÜLU 3: pushing frontiers", abstract="p<0.05 and ℓ_2 of C++ code"),
    made(5, "Über das Schließen", abstract="深度学习 naïve Bayes"),
    made(6, "To be or not to be", abstract="..."),
)  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> LexicalIndex:
    return filled(tmp_path_factory.mktemp("library"), *LIBRARY, position=42)


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("graph neural networks", "graph AND neural AND networks"),
        ("learning from preferences", "learning AND preferences"),  # no stop words
        ("to be", "to AND be"),  # where there is nothing else
        ("self-supervised C++", "self AND supervised AND C"),
        ("grap* netwrok~", "grap* AND netwrok~"),
        ('"chain of thought" robots', '"chain of thought" robots'),  # the phrase must occur anyway
        ("graph OR robot", "graph OR robot"),
        ("networks cat:cs.LG -ti:graph", "networks cat:cs.LG -ti:graph"),
        ("...", "..."),
        ("", ""),
    ],
)  # fmt: skip
def test_words_that_are_demanded(text, wants):
    assert demanded(parse(text).tree) == parse(wants).tree


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(queries.texts)
def test_what_is_demanded_finds_a_part_of_what_is_asked(library, text):
    asked = parse(text).tree
    if asked is not None and "votes" not in show(asked):
        found = library.words(asked, limit=10)
        assert {*library.words(demanded(asked), limit=10).ids} <= {*found.ids}, text


def test_latex_is_compared_as_it_reads(tmp_path):
    index = filled(
        tmp_path, made(1, "On Gröbner bases"), made(2, "The ℓ_0-Decoding of Rényi graphs"),
        made(3, "Bases of gr and obner"),
    )  # fmt: skip
    assert found(index, 'Gr\\"obner')[0] == 1
    assert found(index, 'ti:Gr\\"obner') == [1]
    assert found(index, "\"R\\'enyi graphs\"") == [2]
    assert found(index, "$\\ell_0$-Decoding")[0] == 2
    assert index.terms('Gr\\"obner') == {term("Gröbner")}


def test_a_year_beside_other_words_lifts_its_papers(tmp_path):
    """And leaves none out."""
    index = filled(
        tmp_path, made(1, "Attention", date=20160101), made(2, "Attention", date=20171231),
        made(3, "Attention in 1999", date=20180101), made(4, "Plants", date=20170601),
    )  # fmt: skip
    assert found(index, "attention 2017")[0] == 2
    assert {*found(index, "attention 2017")} == {*found(index, "attention")} == {1, 2, 3}
    assert found(index, "attention 1999")[0] == 3
    assert found(index, "ti:attention date:2018") == [3]
    assert found(index, "1999") == [3]
    assert found(index, "2017") == [], "alone it is a word"


FIELDED = (
    made(1, "Graph neural networks", abstract="We generalize transformers of graphs.",
         authors=["Yann LeCun", "Ada Lovelace"], venue="Proceedings of ICML 2020"),
    made(2, "Generalization", abstract="Neural networks.", authors=["Y. LeCun"]),
    made(3, "General relativity", abstract="A survey.", authors=["LeCun, Yann"]),
    made(4, "Networks of graphs", abstract="The surveys.", authors=["Yann A. LeCun"]),
    made(5, "Nets", abstract="Graph neural things.", authors=["Yves LeCun", "Adrian Del Maestro"]),
    made(6, "Molecules", abstract="", authors=["Laurens van der Maaten", "Kurt Gödel"],
         identities=["id:1706.03762", "arxiv:1706.03762", "doi:10.1000/x"]),
)  # fmt: skip


@pytest.fixture(scope="module")
def named(tmp_path_factory) -> LexicalIndex:
    """Papers of authors, each written as others write it; the rest says nothing."""
    authors = {
        1: "Yann LeCun", 2: "LeCun, Yann", 3: "Y. LeCun", 4: "Yves LeCun", 5: "Bernhard Schölkopf",
        6: "Bernhard Schoelkopf", 7: "Bernhard Scholkopf", 8: "Alexander J. Smola",
        9: "A. J. Smola", 10: "Michael Xue", 11: "Michal Xu", 12: "Lukasz Kaiser",
        13: "Łukasz Kaiser",
        15: "Jerzy Smola",
    }  # fmt: skip
    documents = [made(n, authors=[author, "Anna Lovelace"]) for n, author in authors.items()]
    return filled(tmp_path_factory.mktemp("named"), *documents)


_SCHOELKOPF = {5, 6, 7}


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("LeCun, Y.", {1, 2, 3, 4}),
        ("LeCun, Yann", {1, 2, 3}),
        ("Schölkopf", _SCHOELKOPF),
        ("Schoelkopf", _SCHOELKOPF),
        ("Scholkopf", _SCHOELKOPF),
        ("B. Schölkopf", _SCHOELKOPF),
        ("Schoelkopf, B.", _SCHOELKOPF),
        ("Bernhard Scholkopf", _SCHOELKOPF),
        ("Smola A.J.", {8, 9}),
        ("Smola, A. J.", {8, 9}),
        ("Smola, Alexander J.", {8, 9}),
        ("Michael Xue", {10}),
        ("Michal Xu", {11}),
        ("Łukasz Kaiser", {12, 13}),
        ("L. Kaiser", {12, 13}),
    ],
)
def test_names_find_each_others_spellings(named, typed, numbers):
    assert set(found(named, f'au:"{typed}"', limit=50)) == numbers


@pytest.mark.parametrize(
    "typed",
    ["Yann LeCun", "LeCun, Y.", "Y. LeCun", "y. lecun", "LeCun Y", "LeCun Yann", "Smola A.J.",
     "Schoelkopf, B.", "Bernhard Schölkopf", "Lovelace, Anna"],
)  # fmt: skip
def test_a_name_is_known_as_an_authors(named, typed):
    assert named.is_author(typed)


@pytest.mark.parametrize("typed", ["k means", "graph neural", "Y", "lecun", "",
                                   "LeCun, Q. R. S. T.", "a title with Y. LeCun in it",
                                   "Schmidt, B."])  # fmt: skip
def test_what_is_no_authors_name(named, typed):
    assert not named.is_author(typed)


def test_an_initial_counts_beside_its_name_only(named):
    """Typed as plain text, a name with initials has its papers first."""
    put(named, made(20, "Y of Y", abstract="Y, y and Y; LeCun is cited."), position=3)
    assert set(found(named, "LeCun, Y.", limit=4)) == {1, 2, 3, 4}


@pytest.fixture(scope="module")
def fielded(tmp_path_factory) -> LexicalIndex:
    return filled(tmp_path_factory.mktemp("fielded"), *FIELDED)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("ti:graph", {1, 4}),
        ("ti:(graph relativity)", {1, 3, 4}),
        ('ti:"neural networks"', {1}),
        ("abs:neural", {2, 5}),
        ('abs:"neural networks"', {2}),
        ("venue:icml", {1}),
        ('venue:"of icml"', {1}),
        ("abs:the", {4}),
        ("graph AND neural", {1, 5}),
        ("graph neural", {1, 2, 4, 5}),
        ("graph AND NOT neural", {4}),
        ("graph -neural", {4}),
        ("-graph", {2, 3, 6}),
        ("-graph -neural", {3, 6}),
        ("relativity OR molecules", {3, 6}),
        ("relativity OR -graph", {2, 3, 6}),
        ("(graph OR survey) -neural", {3, 4}),
        ("-(graph OR neural)", {3, 6}),
        # Beginnings are those of words as they are spelt: a stem says nothing of them.
        ("generaliz*", {1, 2}),
        ("ti:generaliz*", {2}),
        ("abs:generaliz*", {1}),
        ("GENERAL*", {1, 2, 3}),
        ("au:love*", {1}),
        ("zzz*", set()),
        ("ti:self-net*", set()),
        ("ti:of-grap*", {4}),
        ("grpah~", {1, 5}),
        ("ti:grpah~", {1}),
        ("relativty~", {3}),
        ("molcule~1", set()),
        ("molcules~1", {6}),
        ("molcle~2", set()),
        ("au:lecn~", {1, 2, 3, 4, 5}),
        # Names: initials, order, accents, names in between.
        ("au:lecun", {1, 2, 3, 4, 5}),
        ("au:lecun_y", {1, 2, 3, 4, 5}),
        ('au:"Y. LeCun"', {1, 2, 3, 4, 5}),
        ("au:Y.LeCun", {1, 2, 3, 4, 5}),
        ('au:"Yann LeCun"', {1, 2, 3, 4}),
        ('au:"LeCun, Yann"', {1, 2, 3, 4}),
        ('au:"yves lecun"', {2, 5}),
        ("au:Yann LeCun", {1, 3, 4}),
        ("au:del_maestro", {5}),
        ('au:"L. van der Maaten"', {6}),
        ("au:godel_k", {6}),
        ("au:(lovelace OR godel)", {1, 6}),
        ("au:graph", set()),
        ("id:1706.03762v3", {6}),
        ("id:https://arxiv.org/abs/1706.03762", {6}),
        ("doi:10.1000/X", {6}),
        ("-id:1706.03762", {1, 2, 3, 4, 5}),
        ("!!! graph", {1, 4, 5}),
        ("!!! ti:graph", {1, 4}),
        ("-!!!", set()),
        ("date:x", set()),
        ("date:x relativity", {3}),
    ],
)
def test_what_the_language_finds(fielded, text, numbers):
    assert set(found(fielded, text)) == numbers


def test_only_words_have_scores(fielded):
    plain = fielded.words("graph neural")
    narrowed = fielded.words("graph neural -molecules (cat:cs.CV OR has:code) date:2025")
    assert narrowed.ids == plain.ids
    assert narrowed.scores == pytest.approx(plain.scores)
    assert found(fielded, "-graph") == [6, 3, 2]  # nothing to rank by: the newest first


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("graph", {1, 2}),
        ("graphs", {1, 2}),  # stems
        ("GRAPH networking", {1, 2}),
        ("neuron", {2}),
        ("molecule", {1}),
        ("attention graph", {1, 2, 3}),  # any of the words
        ("vaswani", {3}),
        ("vaswanis", set()),  # names are not stemmed
        ("godel", {2}),
        ("Gödel", {2}),
        ("GO\u0308DEL", {2}),
        ("tulu", {4}),
        ("TÜLU-3", {4}),
        ("naive", {5}),
        ("uber schliessen", {5}),
        ("深度学习", {5}),
        ("ℓ", {4}),
        ("the of is", {2, 3, 4}),  # only stop words: then they count
        ("the graph", {1, 2}),  # beside another word they do not
        ("to be", {6}),
        ("zebra", set()),
        ('"neural networks"', {1}),
        ('"networks neural"', set()),
        ('"network of neurons"', {2}),
        ('"is all you need"', {3}),
        ('"kurt godel"', {2}),
        ('"vaswani noam"', set()),  # two names are no phrase
        ('"all you" zebra', {3}),  # the phrase must occur, the word may
        ('"all you" "to be"', set()),
        ('"graph"', {1, 2}),
        ('"!!!" molecules', {1}),  # a phrase without words says nothing
        ("c++", {4}),
    ],
)
def test_what_words_find(library, text, numbers):
    candidates = library.words(text)
    assert set(candidates.ids) == numbers
    assert candidates.total == len(candidates.scores) == len(numbers)


def test_the_best_come_first(library):
    candidates = library.words("graph neural")
    assert candidates.ids == [1, 2]
    assert candidates.scores == sorted(candidates.scores, reverse=True)
    assert candidates.scores[0] > candidates.scores[1] > 0


def test_a_word_that_is_said_again_counts_more(library):
    once, twice, four = (
        dict(zip(held.ids, held.scores, strict=True))
        for held in map(library.words, ("molecules dominant", "molecules dominant molecules",
                                        "molecules dominant Molecule molecules molecule"))
    )  # fmt: skip
    assert once[3] == twice[3] == four[3]
    assert twice[1] == pytest.approx(2**0.5 * once[1], rel=1e-5)
    assert four[1] == pytest.approx(2 * once[1], rel=1e-5)


def test_a_title_says_more_than_an_abstract(tmp_path):
    index = filled(tmp_path, made(1, "X", abstract="zebra"), made(2, "Zebra", abstract="X"))
    assert found(index, "zebra") == [2, 1]


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\n\t", "?!...", '"', '""', '"!!!"', '"""', "\x00", "a\x00b", "\x1b[31m", "\u202e",
        "\ud800", "(", ")", "[a TO b]", "title:x", "a AND", "NOT", "-", "+", "*", "~2", "^", "\\",
        "'; DROP TABLE papers; --", "<script>", "x" * 70, "x" * 100_000, "word " * 50_000,
        '"' * 999,
        '"' + "word " * 500 + '"', " ".join(f"w{n}" for n in range(3000)), "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 👩‍🔬", "ﬁ",
        "a\u0301" * 500,
    ],
)  # fmt: skip
def test_nothing_that_is_typed_raises(library, text):
    candidates = library.words(text)
    assert len(candidates.ids) == len(candidates.scores) <= 20
    library.terms(text)
    assert library.words(text, narrow(categories=("none",))).total == 0


@settings(deadline=None, max_examples=200,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.text(max_size=50) | st.text(st.sampled_from('ab " ( ) : * ~ the graph'), max_size=60))
def test_nothing_at_all_raises(library, text):
    assert library.words(text).total <= 6
    library.terms(text)


def test_the_terms_of_a_text(library):
    assert library.terms("the Networks, Gödel") == {"network", "godel"}
    assert library.terms("the") == {"the"}
    assert library.terms('"of the Networks" graph') == {"of", "the", "network", "graph"}
    assert library.terms("?!") == library.terms("") == frozenset()
    assert (term("Networks"), term("Über"), term("?")) == ("network", "uber", "")


# --- filters, order, pages -------------------------------------------------------------------


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> LexicalIndex:
    """Ninety papers of "common" words: by number, their category, source and day."""
    documents = [
        made(
            n,
            f"Common word {n}",
            categories=["cs.CV", "cs.LG"] if n % 3 == 0 else ["stat.ML"],
            sources=["arxiv", "huggingface"] if n % 10 == 0 else ["arxiv"],
            date=20250000 + (1 + n // 30) * 100 + 1 + n % 28 if n < 85 else 0,
        )
        for n in range(1, 91)
    ]
    random.Random(1).shuffle(documents)
    return filled(tmp_path_factory.mktemp("shelf"), *documents)


@pytest.mark.parametrize(
    ("filters", "total"),
    [
        (narrow(), 90),
        (narrow(categories=("cs.CV",)), 30),
        (narrow(categories=("cs.CV", "cs.LG")), 30),
        (narrow(categories=("cs.CV", "stat.ML")), 90),
        (narrow(categories=("cs",)), 0),
        (narrow(categories=("CS.CV",)), 30),
        (narrow(sources=("huggingface",)), 9),
        (narrow(categories=("cs.CV",), sources=("huggingface",)), 3),
        (narrow(since=date(2025, 2, 1)), 55),
        (narrow(until=date(2025, 1, 31)), 29),
        (narrow(since=date(2025, 1, 1), until=date(2025, 12, 31)), 84),
        (narrow(since=date(2025, 1, 2), until=date(2025, 1, 2)), 2),
        (narrow(since=date(2026, 1, 1)), 0),
        (narrow(since=date(2025, 2, 1), until=date(2025, 1, 1)), 0),
        (narrow(since=date.min, until=date.max), 84),
    ],
)
def test_filters(shelf, filters, total):
    assert shelf.words("common", filters).total == total
    assert shelf.words("", filters).total == total
    assert shelf.words("zebra", filters).total == 0


def test_filters_change_no_score(shelf):
    plain = shelf.words("common word 12", limit=1)
    filtered = shelf.words("common word 12", narrow(categories=("cs.CV",)), limit=1)
    assert plain.ids == filtered.ids == [12]
    assert plain.scores == pytest.approx(filtered.scores)


@pytest.mark.parametrize("text", ["", "common"])
def test_newest_first(shelf, text):
    candidates = shelf.words(text, limit=100, by_date=True)
    days = [20250000 + (1 + n // 30) * 100 + 1 + n % 28 if n < 85 else 0 for n in candidates.ids]
    assert days == sorted(days, reverse=True)
    assert candidates.total == 90


@pytest.mark.parametrize("by_date", [False, True])
def test_pages_are_parts_of_one_list(shelf, by_date):
    whole = shelf.words("common", limit=100, by_date=by_date).ids
    pages = [shelf.words("common", limit=7, offset=o, by_date=by_date) for o in range(0, 98, 7)]
    assert [number for page in pages for number in page.ids] == whole
    assert {page.total for page in pages} == {90}
    assert sorted(whole) == list(range(1, 91))


@pytest.mark.parametrize(
    ("limit", "offset", "held"),
    [(5, 0, 5), (0, 0, 0), (-1, 0, 0), (5, 88, 2), (5, 90, 0), (5, MAX_OFFSET, 0),
     (5, MAX_OFFSET + 1, 0), (5, 10**30, 0), (5, -3, 5), (10**30, 0, 90)],
)  # fmt: skip
def test_any_limit_and_offset(shelf, limit, offset, held):
    assert len(shelf.words("common", limit=limit, offset=offset).ids) == held
