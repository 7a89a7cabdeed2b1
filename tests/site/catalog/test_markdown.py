"""A paper as Markdown: whatever a text holds, a renderer shows it as text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from papertide.papers import Link, Paper
from papertide.reading.clean import pieces
from papertide.site.catalog import markdown
from tests.site.helpers import HOSTILE

COMMON = MarkdownIt("commonmark", {"html": True})  # it would let HTML through
GITHUB = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def shown(written: str, renderer: MarkdownIt = COMMON) -> tuple[str, set[str]]:
    """The text that is seen, and the kinds of everything that is no text."""
    text, kinds = [], set()
    for token in renderer.parse(written):
        for held in token.children or [token]:
            if held.type == "text":
                text.append(held.content)
            elif not held.hidden:
                kinds.add(held.type)
    return "".join(text), kinds


def test_the_whole_of_it():
    paper = Paper(
        public_id="2401.00001", title=r"Learning $x_1$ with T\"ULU", authors=["Ada Lovelace", "B"],
        identities=["arxiv:2401.00001", "doi:10.1000/x#y"], published="2024-01-02",
        categories=["cs.AI"], abstract=r"We bound it: $$a<b$$ holds in 5_0% of R&D.",
        links=[Link("code", "https://example.org/co de>"), Link("page", "javascript:alert(1)")],
        status="withdrawn", status_note="An *error*.",
    )  # fmt: skip
    assert markdown.entry(paper) == r"""# Learning $x_1$ with TÜLU

**Withdrawn.** An \*error\*.

- Authors: Ada Lovelace, B
- Date: 2 January 2024
- Categories: cs.AI
- arXiv: <https://arxiv.org/abs/2401.00001>
- PDF: <https://arxiv.org/pdf/2401.00001>
- DOI: <https://doi.org/10.1000/x%23y>
- Code at example.org: <https://example.org/co%20de%3E>

## Abstract

We bound it: $$a< b$$ holds in 5\_0% of R&D.
"""


def test_what_is_not_known_is_left_out():
    assert markdown.entry(Paper(public_id="a-1", title="A")) == "# A\n"
    ours = markdown.entry(Paper(public_id="a-1", title="A", description="About it."))
    assert ours == "# A\n\n## Papertide’s description, not the abstract\n\nAbout it.\n"


@pytest.mark.parametrize("renderer", [COMMON, GITHUB], ids=["CommonMark", "GitHub"])
@pytest.mark.parametrize(
    "text",
    [
        HOSTILE, "<img src=x onerror=alert(1)>", "</p><!-- x -->", "<?php x?>", "<https://e.org>",
        "[x](javascript:alert(1))", "![x](https://e.org/x.png)", "[x]: https://e.org", "`code`",
        "**bold** _it_ ~~gone~~", "# heading", "- item", "+ item", "* item", "1. item", "7) item",
        "> quote", "---", "===", "***", "~~~", "| a | b |", "&lt;b&gt; &#60; &amp;", "C#", r"\<b>",
        "a\nb\n---\n# c", "    code", ": x", "x  ", "n<k and 5 < 6", "<", "&", "R&D; x",
    ],
)  # fmt: skip
def test_texts_are_text(text, renderer):
    text = " ".join(text.split())
    written = markdown.escape(text)
    assert shown(written, renderer) == (text, {"paragraph_open", "paragraph_close"})
    assert shown(f"# {written}", renderer) == (text, {"heading_open", "heading_close"})


@pytest.mark.parametrize(
    "formula",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](y)", "<!-- x", "&lt;b&gt;",
     "<https://e.org>", "[x][y]", r"\<b>", "[x]: y", "<a\nb>"],
)  # fmt: skip
def test_formulas_are_no_markup(formula):
    for mark in ("$", "$$"):
        _, kinds = shown(markdown.text(f"So {mark}{formula}{mark} holds"))
        assert not kinds & {"html_inline", "html_block", "link_open", "image"}


@pytest.mark.parametrize(
    "formula", [r"x_{1}^2 \leq \alpha", r"a & b \\ c", r"\{x : x > 0\}", r"a <= b", r"\|x\|_2"]
)
def test_formulas_are_as_they_were(formula):
    assert markdown.text(f"${formula}$") == f"${formula}$"


@given(st.text("<>!/?[](){}&;#*_`~|$\\:-+=ab1. \n\"'", max_size=60))
def test_whatever_a_text_holds(source):
    written = markdown.text(source)
    assert "\n" not in written
    tokens, kinds = shown(written)
    assert not kinds & {"html_inline", "html_block", "link_open", "image", "heading_open", "hr",
                        "fence", "code_block", "bullet_list_open", "ordered_list_open",
                        "blockquote_open"}  # fmt: skip
    if all(isinstance(piece, str) for piece in pieces(source)):
        assert re.sub(r"\s", "", tokens) == re.sub(r"\s", "", "".join(pieces(source)))
