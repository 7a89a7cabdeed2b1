"""What readers write, as HTML: what stays, and that nothing hostile does."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertide.site.community.markdown import handles, links, render

ALLOWED = re.compile(
    r'</?(?:p|br|strong|em|code|pre|blockquote|ul|ol|li|hr)>|</a>|<br>|'
    r'<a href="(?:https?://|mailto:|/people/)?[^"<>]*" rel="nofollow ugc noopener">'
)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*a* **b** `c`", "<p><em>a</em> <strong>b</strong> <code>c</code></p>"),
        ("# Title\nwords", "<p><strong>Title</strong></p>\n<p>words</p>"),
        ("a\nb", "<p>a<br>\nb</p>"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
        ("- a", "<ul>\n<li>a</li>\n</ul>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("[x](https://a.example)",
         '<p><a href="https://a.example" rel="nofollow ugc noopener">x</a></p>'),
        ("see https://a.example/b_c_d.",
         '<p>see <a href="https://a.example/b_c_d" rel="nofollow ugc noopener">'
         "https://a.example/b_c_d</a>.</p>"),
        ("![x](https://a.example/i.png)",
         '<p>!<a href="https://a.example/i.png" rel="nofollow ugc noopener">x</a></p>'),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("`@ada` @bob", "<p><code>@ada</code> @bob</p>"),
        ("costs $5 or $ 6", "<p>costs $5 or $ 6</p>"),
        ("\ue0000\ue001", "<p>0</p>"),
    ],
)  # fmt: skip
def test_what_it_becomes(text, html):
    assert render(text).strip() == html


def test_people_and_formulas():
    html = render("@ada.l said $a_1 b_2$ and $$\\sum x$$, [@ada.l](https://x.example) "
                  "me@ada.l @eve", ("ada.l",))  # fmt: skip
    assert html.count('href="/people/ada.l"') == 1
    assert html.count("<math") == 2 and "<em>" not in html
    assert "@eve" in html and "/people/eve" not in html
    assert "<code>\\frac{</code>" in render("$\\frac{$")
    assert handles("@a, @b. (@a) x@c.d /@e @-f @g-", 9) == ["a", "b", "g"]
    assert links("https://www.a.example www.b.example [x](y) [z](http://c.example)") == 4


@given(st.text(alphabet='[]()<>!*_`$#@"\'\\/:&;=\n ax1-~+|{}', max_size=80))
def test_only_what_is_allowed_comes_out(text):
    html = render(f"{text}\n<script>{text}[a](data:{text})", ("ax",))
    html = re.sub(r"<math.*?</math>", "", html, flags=re.DOTALL)
    assert "<" not in ALLOWED.sub("", html), html


@pytest.mark.parametrize(
    "text", ["[" * 10_000, "*a" * 5_000, "> " * 5_000, "$" * 10_000, "$a" * 5_000, "`a" * 5_000,
             "@a " * 3_000, "[a](" * 2_500, "- " * 5_000, "<a " * 3_000, "http://" * 1_400]
)  # fmt: skip
def test_long_texts_end(text):
    assert len(render(text[:10_000])) < 10**6
