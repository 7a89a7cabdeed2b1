"""BibTeX of papers: fields, escaping, names, keys."""

import re

import pytest

from papertide.papers import Paper
from papertide.site.catalog import bibtex


def parse(text: str) -> tuple[str, str, dict[str, str]]:
    """Kind, key and fields of an entry, read by counting braces as BibTeX does."""
    kind, key, rest = re.fullmatch(r"@(\w+)\{([^,\s]*),\n(.*)\n\}\n", text, re.S).groups()
    fields, at = {}, 0
    while at < len(rest):
        name = re.compile(r"\s*(\w+) = ").match(rest, at)
        at = end = name.end()
        depth = 0
        while end < len(rest) and not (depth == 0 and rest[end] == ","):
            depth += {"{": 1, "}": -1}.get(rest[end], 0)
            assert depth >= 0
            end += 1
        assert depth == 0
        value = rest[at:end]
        fields[name[1]] = value[1:-1] if value.startswith("{") else value
        at = end + 1
    return kind, key, fields


def entry(**fields):
    return parse(bibtex.entry(Paper(**{"title": "A title"} | fields)))


def test_arxiv_paper():
    kind, key, fields = entry(
        title="The use of BERT in medicine",
        authors=["Ada Lovelace", "Jürgen Schmidhuber"],
        identities=["arxiv:2401.00001"],
        categories=["cs.CL", "cs.AI"],
        published="2024-01-02",
    )
    assert (kind, key) == ("misc", "lovelace2024use")
    assert fields == {
        "title": "The use of {BERT} in medicine",
        "author": "Ada Lovelace and Jürgen Schmidhuber",
        "year": "2024",
        "month": "jan",
        "eprint": "2401.00001",
        "archivePrefix": "arXiv",
        "primaryClass": "cs.CL",
        "url": "https://arxiv.org/abs/2401.00001",
    }


def test_published_paper():
    kind, _, fields = entry(
        identities=["doi:10.1007/978-3_13"], venue="Journal of R&D", published="1948"
    )
    assert kind == "article"
    assert fields["journal"] == r"Journal of R\&D"
    assert fields["doi"] == "10.1007/978-3_13"
    assert fields["url"] == "https://doi.org/10.1007/978-3_13"
    assert fields["year"] == "1948"
    assert "month" not in fields
    assert entry(identities=["arxiv:1706.03762", "doi:10.48550/arxiv.1706.03762"])[0] == "misc"
    assert entry(identities=["arxiv:1706.03762"], venue="NeurIPS")[2]["eprint"] == "1706.03762"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (r"Cats \& dogs: 100\% for \$5", r"Cats \& dogs: 100\% for \$5"),
        ("snake_case #1", r"snake\_case \#1"),
        ("x^2 and y~z", r"x\textasciicircum{}2 and y z"),
        (r"sets \{0,1\}", r"sets \textbraceleft{}0,1\textbraceright{}"),
        (r"T\"ULU and 李明", "{TÜLU} and 李明"),
        ("LLaMA-Adapter V2", "{LLaMA-Adapter} V2"),
    ],
)
def test_titles(title, expected):
    assert entry(title=title)[2]["title"] == expected


@pytest.mark.parametrize("character", [*"&%$#_{}\\~^\"'@,=", "}{", "{{", "\\}", "%\n"])
def test_any_character_anywhere(character):
    text = f"a{character}b {character}"
    kind, _, fields = entry(
        title=text, authors=[text, text], venue=text, categories=[text], published="2024-05-06",
        identities=["arxiv:2401.00001", f"doi:10.1/{text}"],
    )  # fmt: skip
    assert kind == "article"
    assert list(fields) == ["title", "author", "journal", "year", "month", "doi", "eprint",
                            "archivePrefix", "primaryClass", "url"]  # fmt: skip
    for name in ("title", "author", "journal", "primaryClass"):
        assert not re.search(r"(?<!\\)[&%$#_]", fields[name])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sammy Davis, Jr.", "Davis, Jr., Sammy"),
        ("The ATLAS Collaboration", "{The ATLAS Collaboration}"),
        ("Research and Development", "{Research and Development}"),
        ("others", "{others}"),
        ("Doe, Jane", "{Doe, Jane}"),
        (r"Erd\H{o}s", "Erdős"),
    ],
)
def test_names(name, expected):
    assert entry(authors=[name])[2]["author"] == expected


def test_many_authors_are_others():
    paper = Paper(title="T", authors=["A B", "C D", "E F"])
    assert parse(bibtex.entry(paper, 2))[2]["author"] == "A B and C D and others"
    assert parse(bibtex.entry(paper, 3))[2]["author"] == "A B and C D and E F"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"authors": ["Paweł Łukasz"], "title": "On the Ångström", "published": "2020"},
         "lukasz2020angstrom"),
        ({"authors": ["Sammy Davis, Jr."], "title": "On"}, "davis"),
        ({"authors": ["李 明"], "title": "研究", "public_id": "研究-12ab"}, "paper-12ab"),
        ({"title": "???", "public_id": "x"}, "paper-x"),
        ({"title": "Attention", "published": "--03-17"}, "attention"),
    ],
)  # fmt: skip
def test_keys(fields, expected):
    assert bibtex.key(Paper(**fields)) == expected


def test_a_bare_title():
    assert entry() == ("misc", "title", {"title": "A title"})
