"""Filters for titles and abstracts: formulas become MathML, everything else stays text."""

from html.parser import HTMLParser

import pytest
from django.template import Context, Template

from papertide.search.snippets import Piece
from papertide.site.catalog.templatetags.papers import marked, mathed, opening

SAFE = {
    "mark", "code", "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msup", "msub", "mfrac",
}  # fmt: skip
HOSTILE = [
    '<script>alert("1")</script> & <b>bold</b>',
    r"$\text{<script>alert(1)</script>}$",
    r"$\text{&#x3c;script&#x3e;}$ $\unicode{x3c}$",
    r"$\href{javascript:alert(1)}{x}$ \href{javascript:alert(1)}{<i>y</i>}",
    r"$<script>$ \(<img src=x onerror=alert(1)>\) $$</math><script>$$",
    r"$\foo{<script>}$",
    r'$x" onmouseover="alert(1)$',
    "$" + "<b>" * 400 + "$",
    "\x00$x\x01$\x01<b>",
]


class Elements(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__()
        self.names, self.attributes = set(), set()
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def rendered(template: str, **context) -> str:
    return Template(template).render(Context(context))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", ["mathed", "opening", "opening:3"])
def test_no_live_markup(text, name):
    found = Elements(rendered("{{ text|" + name + " }}", text=text))
    assert found.names <= SAFE
    assert not found.attributes & {"href", "src", "onerror", "onmouseover", "style", "class", "id"}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_live_markup_in_pieces(text):
    made = [Piece(text), Piece(text, match=True), Piece(text, latex=text.strip("$"))]
    assert Elements(rendered("{{ pieces|marked }}", pieces=made)).names <= SAFE


def test_a_text_with_its_formulas():
    assert mathed(r"If $a<b$ & \emph{so} \$5") == (
        'If <math alttext="a&lt;b"><mi>a</mi><mo>&lt;</mo><mi>b</mi></math> &amp; so $5'
    )
    assert '<math display="block"' in mathed("so $$x$$")


def test_a_formula_that_is_not_understood_is_its_source():
    assert mathed(r"the $\foo_{x<1}$") == r"the <code>\foo_{x&lt;1}</code>"
    assert marked([Piece("foo<", latex=r"\foo<")]) == r"<code>\foo&lt;</code>"


def test_marks_and_formulas():
    pieces = [Piece("The "), Piece("k", latex="k"), Piece("-"), Piece("means", match=True)]
    assert marked(pieces) == 'The <math alttext="k"><mi>k</mi></math>-<mark>means</mark>'


def test_an_opening_holds_formulas_whole():
    text = "It is $a + b + c + d$ that counts."
    assert opening(text, 12) == "It is …"
    assert opening(text, 20).endswith("</math> …")
    assert opening("Plain words only", 8) == "Plain …"
    assert opening("$$x$$ is small").startswith('<math alttext="x">')  # on the line, not its own


def test_more_formulas_than_a_text_holds_stay_source():
    shown = mathed(" ".join(f"$x_{{{n}}}$" for n in range(2000)))
    assert 500 < shown.count("<math") < 1000
    assert shown.endswith("<code>x_{1999}</code>")


def test_an_abstract_of_200_formulas():
    assert mathed("; ".join(f"$x^{{{n}}}$" for n in range(200))).count("<math ") == 200


def test_a_description_of_a_page_is_plain(client):
    shown = rendered('<meta content="{{ text|clean|truncatechars:160 }}">', text='$x$ "<b>')
    assert shown == '<meta content="x &quot;&lt;b&gt;">'
