"""Queries that hypothesis makes: trees of conditions, and text of all that the grammar knows; and
bad ones, made by hand."""

from datetime import date

from hypothesis import strategies as st

from papertide.search.tree import HAS, After, Dated, Is, Voted, either, every, negated

CATEGORIES = ("cs.CL", "cs.LG", "stat.ML", "hep-th", "cond-mat.str-el")
SOURCES = ("arxiv", "huggingface", "crossref")
IDS = ("2401.00001", "hep-th/9901001", "math/0309136", "2401.99999")
DOIS = ("10.1000/one", "10.1000/(two)", "10.1000/none")
_DAYS = st.sampled_from(
    [date(1999, 1, 1), date(2003, 9, 1), date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 31),
     date(2024, 2, 1), date(2025, 6, 30), date(2030, 1, 1)]
)  # fmt: skip

conditions = st.one_of(
    st.builds(Is, st.just("category"), st.sampled_from([*CATEGORIES, "CS.cl", "none"])),
    st.sampled_from(["cs.", "c", "", "cond-mat."]).map(lambda start: Is("category", start, True)),
    st.builds(Is, st.just("source"), st.sampled_from([*SOURCES, "none"])),
    st.builds(Is, st.just("has"), st.sampled_from(HAS)),
    st.builds(Is, st.just("id"), st.sampled_from(IDS)),
    st.builds(Is, st.just("doi"), st.sampled_from(DOIS)),
    st.builds(Dated, _DAYS, st.none()),
    st.builds(Dated, st.none(), _DAYS),
    st.tuples(_DAYS, _DAYS).map(lambda days: Dated(*sorted(days))),
    st.builds(Voted, st.integers(0, 3), st.none() | st.integers(3, 5)),
)
# Nobody can type it; numbers of 40 papers, of none and of all.
came = st.sampled_from([0, 1, 17, 39, 40, 2**63 - 1]).map(After)


def _trees(leaves):
    return st.recursive(
        leaves,
        lambda trees: st.one_of(
            st.builds(negated, trees),
            st.lists(trees, min_size=2, max_size=3).map(lambda parts: every(*parts)),
            st.lists(trees, min_size=2, max_size=3).map(lambda parts: either(*parts)),
        ),
        max_leaves=8,
    )


structured = _trees(conditions)
compilable = _trees(conditions | came)

_PIECES = [
    "graph", "neural-net", "the", "Q*", "graph*", "grpah~", "net~1", "12\"", '"', '"two words"',
    "“curly”", "(", ")", "-", " -", "--", "OR", "AND", "ANDNOT", "NOT", "ti:", "abs:", "au:del_m",
    "au:", "cat:cs.CL", "cat:cs.*", "cat:", "id:2401.00001v2", "doi:10.1000/(two)", "doi:x",
    "date:2024-05..2024-07", "date:", "date:[202401 TO *]", "date:2024-13", "submittedDate:",
    "votes:>10", "votes:", "has:code", "has:wings", "by:me", "venue:ICML", "all:x", "word:y",
    "p(y|x)", "[a TO b]", ":", "*", "~", "\\", "^2", "\x00", "\u202e", "שלום", "日本語", "é",
    "e\u0301", "\ud800", "2024", "..", ">", "<=3",
]  # fmt: skip
texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(_PIECES) | st.sampled_from([" ", "  "]), max_size=24).map("".join),
    st.lists(st.sampled_from(_PIECES), max_size=16).map(" ".join),
)

# What somebody may type, and what the page and the command line say to it, a part of a sentence:
# of a mistake, or, where nothing is wrong, that nothing matches. Empty: papers are found.
BAD = {
    "10 kB of words": ("listed number " * 715, "is cut after 2000"),
    "10 kB without a space": ("x" * 10_000, "is cut after 2000"),
    "10 kB of one phrase": ('"' + "listed number " * 715 + '"', "is cut after 2000"),
    "10 kB of bytes, not of letters": ("語" * 3334, "is cut after 2000"),
    "an open quotation mark": ('listed "number', "quotation mark is never closed"),
    "a quotation mark too many": ('"listed" number"', "quotation mark is never closed"),
    "999 quotation marks": ('"' * 999, "Only 100 operators"),
    "500 parentheses": ("(" * 500 + "listed" + ")" * 500, "nested more than 20 deep"),
    "500 parentheses with operators": ("(listed OR " * 499 + "many", "nested more than 20 deep"),
    "500 that are never closed": ("(" * 500, "nested more than 20 deep"),
    "500 that were never opened": (")" * 500 + " listed", "never opened"),
    "only stop words": ("the of and", ""),
    "only stop words in quotes": ('"of many"', ""),
    "only what is left out": ("-listed", ""),
    "only a stop word that is left out": ("-of", ""),
    "all is left out": ("listed -listed", "No papers"),
    "a regular expression": ("^(?:xq|zq)[qx-zq]{77,9999}.*$ .*", "paper"),
    "one that would go back": ("(l+)+$" * 60, "No papers"),
    "a path": ("../../../../etc/passwd%00", "No papers"),
    "markup": ('<script>alert("listed")</script>', ""),
    "SQL": ("'; DROP TABLE catalog_paper; --", ""),
    "a template": ("{{ 7*7 }} {% debug %} ${7*7}", ""),
    "control characters": ("\x01\x02\x1b[31m listed\x7f\x85", ""),
    "zeros": ("\x00" * 99, ""),
    "right to left": ("\u202elisted\u202c \u200fשלום עולם", ""),
    "right to left alone": ("مرحبا بالعالم", "No papers"),
    "marks upon marks": ("z" + "\u0301" * 1500, "No papers"),
    "half a character": ("\ud800 listed", ""),
    "a date of words": ("listed date:nonsense", "date: wants"),
    "a date that is none": ("listed date:2023-02-30", "date: wants"),
    "a date of signs": ("date:[[[..>>", "date: wants"),
    "the wrong way round": ("listed date:2025..2024", "ends before it begins"),
    "a year far off": ("date:99999999999", "date: wants"),
    "a year in the future": ("listed date:9998..9999", "No papers"),
    "votes of words": ("votes:many listed", "votes: wants"),
    "a filter that leaves nothing": ("listed cat:none.XX", "No papers"),
    "two that do": ("listed cat:cs.LG date:1901", "No papers"),
    "operators alone": ("AND OR NOT", "wants something"),
    "signs alone": ("!?* -- ~ ^ && ||", "No papers"),
    "all at once": ('ti:("a OR -(b AND date:x votes:y has:z doi:q *~ "', "never closed"),
    "very much alike": ('"of many" ' * 200, "Only 100 operators"),
    "much that stands for much": (" ".join(f"{c}{d}*" for c in "lno" for d in "aeiou"),
                                  "More than 10"),
}  # fmt: skip
