"""Tags of JATS, HTML and MathML off, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertide.reading.markup import untagged

TEX = r"\documentclass[12pt]{minimal} \begin{document}$$\alpha $$\end{document}"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", ""), ("plain  text\n", "plain text"), ("A &amp; B &#233;", "A & B é"),
        ("<jats:title>Abstract</jats:title><jats:p>We <jats:italic>do</jats:italic>.</jats:p>",
         "We do."),
        ("<jats:sec><jats:title>Aim</jats:title><jats:p>One.</jats:p></jats:sec><p>Two",
         "Aim: One. Two"),
        ("<title>Why?</title>Because", "Why? Because"),
        ("H<sub>2</sub>O, x<sup>2</sup>, 10<sup>-3</sup>, a<sub>i</sub>, 1<sup>st</sup>",
         "H₂O, x², 10⁻³, a_i, 1st"),
        ("e<sup>x + y</sup> <sub></sub>", "e^(x + y)"),
        ("one<br/>two<br>three", "one two three"),
        ('<p class="a" id=b>x</p>', "x"),
        ("if a<b and c>d then p < 0.05 and p<0.01", "if a<b and c>d then p < 0.05 and p<0.01"),
        ("the <T> of <https://a.example> and <unknown>x</unknown>",
         "the <T> of <https://a.example> and <unknown>x</unknown>"),
        ("&lt;jats:p&gt;Escaped &amp;amp; twice&lt;/jats:p&gt;", "Escaped & twice"),
        ("p &lt; 0.05 &amp; q &gt; 1", "p < 0.05 & q > 1"),
        (f"<alternatives><tex-math>{TEX}</tex-math><mml:math><mml:mi>α</mml:mi></mml:math>"
         "</alternatives> rate", r"$\alpha $ rate"),
        ("<mml:math><mml:mi>x</mml:mi></mml:math> here", "x here"),
        ("a<!-- said --> b<![CDATA[ c < d ]]>", "a b c < d"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)  # fmt: skip
def test_text_without_tags(text, read):
    assert untagged(text) == read


PIECES = st.sampled_from(["<p>", "</p>", "<sub>", "</sub>", "<sup>", "</sup>", "<title>", "&lt;",
                          "</title>", "<mml:math>", "</mml:math>", "<tex-math>", "</tex-math>",
                          "<", ">", "&amp;", "x", " ", "Abstract",
                          "<!--", "-->", "]]>"])  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join))
def test_any_text_is_read_on_one_line(text):
    read = untagged(text)
    assert read == " ".join(read.split())
    assert "<p>" not in untagged(read) or "&" in text


@pytest.mark.parametrize(
    "hostile",
    ["<", "<p>", "<sub>", "<p a=b ", "&", "<!--", "<title>abstract</title>", "<mml:math>tex-math",
     '<p a="', "&lt;/p&gt;", "</sup>", "<sup>x</sup>"],
)  # fmt: skip
def test_hostile_text_ends_soon(hostile):
    untagged(hostile * 50_000)
