"""LaTeX to MathML: what formulas become, and that nothing else ever comes out."""

import re

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from papertide.reading.clean import Formula, pieces, readable
from papertide.reading.math import LONGEST, Unreadable, convert, mathml

# Written out again, not imported: a list that grows by mistake must fail here.
ELEMENTS = {
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msup", "msub", "msubsup", "mfrac",
    "msqrt", "mroot", "mover", "munder", "munderover", "mtable", "mtr", "mtd", "mstyle", "mphantom",
}  # fmt: skip
VALUE = re.compile(
    r"true|false|normal|prefix|infix|postfix|left|right|center|[0-2]|block"
    r"|(?:[0-9](?:\.[0-9]{1,3})?|\.[0-9]{1,3})(?:em|ex|pt|px)"
)
ATTRIBUTES = {
    "display", "stretchy", "fence", "separator", "largeop", "movablelimits", "form", "minsize",
    "maxsize", "lspace", "rspace", "mathvariant", "displaystyle", "scriptlevel", "width",
    "linethickness", "columnalign", "accent", "accentunder",
}  # fmt: skip
CHILDREN = {
    "mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3,
    "munderover": 3,
}  # fmt: skip


def check(latex: str, display: bool = False) -> str:
    """The formula's MathML, empty if it has none; fails where it is more than that."""
    markup = mathml(latex, display)
    if markup is None:
        return ""
    root = fromstring(markup)
    assert root.tag == "math"
    count = 0
    for element in root.iter():
        count += 1
        assert element.tag in ELEMENTS
        assert element.tag in ("mi", "mn", "mo", "mtext") or not (element.text or "").strip()
        assert len(element) == CHILDREN.get(element.tag, len(element))
        assert (element.text or "").replace("\xa0", "").replace("\u2009", "").isprintable()
        for name, value in element.attrib.items():
            if name == "alttext":
                assert element is root
                assert value == " ".join(latex.split())
            else:
                assert name in ATTRIBUTES
                assert VALUE.fullmatch(value), (name, value)
    assert count < 2000
    assert len(markup) < 100_000
    return markup


def inside(latex: str) -> str:
    """What is in <math>, without attributes."""
    markup = re.sub(r'(<\w+)(?: \w+="[^"]*")+', r"\1", check(latex))
    return markup.removeprefix("<math>").removesuffix("</math>")


# --- what formulas become --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latex", "markup"),
    [
        ("x", "<mi>x</mi>"),
        ("1.5", "<mn>1.5</mn>"),
        ("x_1^2", "<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>"),
        (r"\frac{a}{b}", "<mfrac><mi>a</mi><mi>b</mi></mfrac>"),
        (r"\sqrt[3]{x}", "<mroot><mi>x</mi><mn>3</mn></mroot>"),
        (r"\mathbb{R}^d", "<msup><mi>ℝ</mi><mi>d</mi></msup>"),
        (r"\mathcal N", "<mi>𝒩</mi>"),
        (r"\boldsymbol{\theta}", "<mi>𝜽</mi>"),
        (r"\mathbf{1}", "<mn>𝟏</mn>"),
        (r"\bm{2}", "<mn>𝟐</mn>"),
        (r"\mathbbm{1}", "<mn>𝟙</mn>"),
        (r"\R", "<mi>ℝ</mi>"),
        (r"\alpha\F", "<mi>α</mi><mi>F</mi>"),
        (r"\eps", "<mi>ϵ</mi>"),
        (r"\hat{x}", "<mover><mi>x</mi><mo>^</mo></mover>"),
        (r"\overline{x}", "<mover><mi>x</mi><mo>‾</mo></mover>"),
        (r"\text{if } x", "<mtext>if\xa0</mtext><mi>x</mi>"),
        (r"n\log n", "<mi>n</mi><mspace></mspace><mi>log</mi><mspace></mspace><mi>n</mi>"),
        (r"\log(n)", "<mi>log</mi><mo>(</mo><mi>n</mi><mo>)</mo>"),
        (r"\mathop{\rm argmin}", "<mi>argmin</mi>"),
        (r"\poly(n)", "<mi>poly</mi><mo>(</mo><mi>n</mi><mo>)</mo>"),
        ("1,000", "<mn>1</mn><mo>,</mo><mn>000</mn>"),
        (r"10\%", "<mn>10</mn><mi>%</mi>"),
        ("10%", "<mn>10</mn><mi>%</mi>"),
        ("% x", "<mi>x</mi>"),
        (r"a \not= b", "<mi>a</mi><mo>≠</mo><mi>b</mi>"),
        (r"a \leqslant b", "<mi>a</mi><mo>⩽</mo><mi>b</mi>"),
        (r"\infty", "<mi>∞</mi>"),
        (r"\bigl\{", "<mo>{</mo>"),
        ("a<b", "<mi>a</mi><mo>&lt;</mo><mi>b</mi>"),
        (r"\color{red} x", "<mstyle><mi>x</mi></mstyle>"),
        (
            r"\begin{matrix}a&b\\c&d\end{matrix}",
            "<mtable><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr>"
            "<mtr><mtd><mi>c</mi></mtd><mtd><mi>d</mi></mtd></mtr></mtable>",
        ),
    ],
)
def test_becomes(latex, markup):
    assert inside(latex) == markup


def test_signs_are_spaced_as_in_tex():
    assert '<mo form="prefix">−</mo>' in check("x = -1")
    assert '<mo form="prefix">−</mo>' in check("(-1)")
    assert "form" not in check("(a)-1")
    assert check("|x|").count('<mo lspace="0" rspace="0"') == 2
    assert '<mo lspace="0" rspace="0">,</mo>' in check("1,000")
    assert 'accent="true"' in check(r"\bar x")
    assert '<mi mathvariant="normal">Ω</mi>' in check(r"\Omega")


def test_display():
    assert check("x", display=True).startswith('<math display="block" ')
    assert check("x").startswith("<math alttext=")
    assert "munderover" in check(r"\sum_{i=1}^n", display=True)


def test_the_source_is_kept_for_copies():
    assert 'alttext="a &lt; \\text{&quot;b&quot;}"' in check(r'a  < \text{"b"}')


@pytest.mark.parametrize(
    ("latex", "reason"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("x" * (LONGEST + 1), "too long"),
        (r"\foo + \bar{x} + \baz", r"unknown \baz \foo"),
        ("{x", "braces do not match"),
        ("x}", "braces do not match"),
        ("}x{", "braces do not match"),
        (r"\text{a{b}c}", "not understood: }"),
        ("a & b", "not understood: &"),
        (r"\text{for $x$}", "not understood: for&#x000A0;$x$"),
        (r"\cancel{x}", "<menclose>"),
        ("{" * 30 + "}" * 30, "too deep"),
        (r"\hat " * 30 + "x", "too deep"),
        ("x+" * 400, "too large"),
        (r"\frac{a}", "mfrac of 1"),
        (r"\left( x", "ExtraLeftOrMissingRightError"),
    ],
)
def test_what_is_not_understood_is_refused(latex, reason):
    assert mathml(latex) is None
    with pytest.raises(Unreadable, match=f"^{re.escape(reason)}$"):
        convert(latex)


# --- hostile formulas ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\text{<img src=x onerror=alert(1)>}",
        r"\text{&#x3c;script&#x3e;alert(1)&#x3c;/script&#x3e;}",
        r"\text{&lt;script&gt;}",
        r"\mbox{</math><script>alert(1)</script>}",
        r"\text{</mtext></math><img src=x>}",
        r"\text{<!--} \text{-->}",
        r"\text{<![CDATA[}x",
        r"\operatorname{<b>}",
        r"\mathrm{<script>}",
        r"<script>alert(1)</script>",
        r"&#x3c;script&#x3e;",
        r"x<img/src=x>",
        r"\begin{array}{<b>}x\end{array}",
        r"\verb|<script>|",
        r"\href{javascript:alert(1)}{x}",
        r"\href{https://example.org}{x}",
        r"\url{javascript:alert(1)}",
        r"\class{evil}{x}",
        r"\style{position:fixed;top:0}{x}",
        r"\cssId{evil}{x}",
        r"\htmlClass{evil}{x}",
        r"\htmlData{x=y}{z}",
        r"\includegraphics{https://example.org/a.png}",
        r"\color{red;background:url(//x)}x",
        r'\color{"><script>alert(1)</script>}x',
        r"\textcolor{red}{x}",
        r"\colorbox{red}{x}",
        r"\fcolorbox{red}{blue}{x}",
        r"\unicode{x3c}script\unicode{x3e}",
        r"\unicode{x202e}",
        r"\unicode{x0}",
        r"\unicode{xd800}",
        r"\unicode{x110000}",
        r"\char60",
        r"\rule{1000em}{1000em}",
        r"\hspace{-100em} x",
        r"\hspace{1000em} x",
        r"\kern-99em x",
        r"\raise{900em}{x}",
        r"\lower{9em}{x}",
        r"\moveleft{9em}{x}",
        r"\llap{covers}",
        r"\rlap{covers}",
        r"\mathclap{x}",
        r"\smash{x}",
        r"\skew{99}{x}",
        r"\Huge x",
        r"\genfrac(){99em}{0}{a}{b}",
        r"a \above{99em} b",
        r"\def\a{\a}\a",
        r"\def\a{\b\b}\def\b{\c\c}\def\c{x}\a",
        r"\newcommand{\a}{<b>}\a",
        r"\DeclareMathOperator{\a}{<b>}\a",
        r"\newenvironment{a}{<b>}{</b>}\begin{a}\end{a}",
        r"\require{html}\input{/etc/passwd}",
        "x\0y",
        "x\x1fy",
        "\u202ex\u202c",
        "\u2066x",
        "x\u200by",
        "\ud800",
        "\ufffe",
        "\U000e0041",
        r"\text{" + "\u202e" + "evil}",
        "x" * 10_000,
        "{" * 1000 + "x" + "}" * 1000,
        r"\sqrt{" * 150 + "x" + "}" * 150,
        r"x^{" * 200 + "x" + "}" * 200,
        r"\frac" * 200,
        r"\left(" * 160,
        r"\left(" * 40 + "x" + r"\right)" * 40,
        r"\begin{array}" * 70,
        r"\begin{matrix}" + "a&" * 300 + r"\end{matrix}",
        r"\begin{matrix}" + "\\\\" * 300 + r"\end{matrix}",
        "'" * 1000,
        "_" * 1000,
        "9" * 1000,
        r"\operatorname{" + "* " * 480 + "x}",
        r"\text{" * 200,
        r"\over" * 200,
        r"\hat" * 249,
        r"\not" * 200,
        r"\!" * 500,
        "\\",
        "\\\\",
        "%",
        "&",
        "#",
        "$",
        "^",
        "_",
        "'",
        "~",
    ],
    ids=lambda latex: ascii(latex[:30]),
)
@pytest.mark.parametrize("display", [False, True])
def test_hostile(latex, display):
    # The source may say anything, in an attribute: only the rest is looked at.
    markup = check(latex, display)
    body = re.sub(r'alttext="[^"]*"', "", markup)
    assert "<script" not in body and "<img" not in body and "<b>" not in body
    assert "javascript" not in body and "://" not in body


TEX = [
    *"{}{}{}^_'&%#$~<>\"\\=-,.|([ )]/!:ab1\n\0é",
    "\u202e", "\ud800", "&#x3c;", "&#x202e;", "<script>", "</math>", r"\\", r"\{", r"\|", r"\ ",
    r"\frac", r"\sqrt", r"\sqrt[", r"\text{", r"\mbox{", r"\left(", r"\right)", r"\left.",
    r"\middle|", r"\hat", r"\vec{", r"\mathbb", r"\mathbf{", r"\bf", r"\operatorname{",
    r"\begin{array}{cc}", r"\end{array}", r"\begin{cases}", r"\end{cases}", r"\begin{align*}",
    r"\end{align*}", r"\hline", r"\over", r"\choose", r"\limits", r"\sum", r"\int", r"\lim",
    r"\not", r"\color{red}", r"\href{x}", r"\class{x}", r"\style{x}", r"\unicode{x3c}", r"\def",
    r"\newcommand", r"\hspace{9em}", r"\raise{9em}", r"\rlap{x}", r"\substack", r"\overset",
    r"\underbrace", r"\xrightarrow[", r"\phantom", r"\smash", r"\skew", r"\sideset", r"\genfrac",
    r"\tag{x}", r"\bra", r"\mathop", r"\mathchoice", r"\LaTeX", r"\R", r"\unknown", r"\pmod",
]  # fmt: skip
soup = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(TEX), max_size=40).map("".join))


@given(soup, st.booleans())
@settings(max_examples=1000)
def test_any_text_is_mathml_or_nothing(latex, display):
    check(latex, display)


@given(st.lists(st.sampled_from([token for token in TEX if token.isprintable()]), max_size=12))
@settings(max_examples=500)
def test_any_text_with_its_braces_closed(tokens):
    latex = " ".join(tokens)
    check(latex + "}" * (latex.count("{") - latex.count("}")))


# --- texts in pieces -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("", []),
        ("plain", ["plain"]),
        (r"\$5 and \$6", ["$5 and $6"]),
        (r"\emph{the} $\ell_2$~norm", ["the ", Formula(r"\ell_2"), " norm"]),
        (r"$a$$b$", [Formula("a"), Formula("b")]),
        (r"$x$, \(y\)", [Formula("x"), ", ", Formula("y")]),
        (r"so $$w$$ and \[ z \]", ["so ", Formula("w", True), " and ", Formula("z", True)]),
        (r"$5\$$", [Formula(r"5\$")]),
        (r"from \$a-\$b for $x$", ["from $a-$b for ", Formula("x")]),
        (r"costs $5 and $10", ["costs $5 and $10"]),
        (r"\(\) empty", [" empty"]),
        (r"\emph{$x$ is} \footnote{$y$}", [Formula("x"), " is (", Formula("y"), ")"]),
        (r"\href{$x$}{$y$}", [Formula("y"), " (", Formula("x"), ")"]),
        ("a\x01b\x00$x$\x01", ["ab", Formula("x")]),
    ],
)
def test_pieces(source, found):
    assert pieces(source) == found


TEXTS = st.lists(
    st.sampled_from([*"$$$\\{}~`' .a5\0\1", "\\(", "\\)", "\\[", "\\]", "$x$", "$$y$$", r"\$",
                     r"\hat{", r"\'{", r"\frac", r"\sqrt", r"\href{", r"\cite{", r"\emph{", "é"])
).map("".join)  # fmt: skip


@given(st.one_of(st.text(), TEXTS))
@settings(max_examples=1000)
def test_pieces_are_what_is_readable(source):
    found = pieces(source)
    rest = re.sub(r"[$\\]", "", readable(source))  # but for how it writes literal dollars
    for piece in found:
        assert piece if isinstance(piece, str) else piece.latex
        text = re.sub(r"[$\\]", "", piece if isinstance(piece, str) else piece.latex).strip()
        assert text in rest
        rest = rest[rest.index(text) + len(text) :]
        assert not set(text) & {"\0", "\1"}
    assert not rest.strip("()[] ")


def test_an_abstract_of_200_formulas():
    source = " and ".join(rf"$\sum_{{i={n}}}^{{m}} x_{{{n}}}$ is {n}" for n in range(200))
    formulas = [piece for piece in pieces(source) if not isinstance(piece, str)]
    assert len(formulas) == 200
    assert all(check(formula.latex) for formula in formulas)
