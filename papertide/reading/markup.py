"""Text with the tags of HTML, JATS or MathML in it -> the text alone.

Crossref passes on publishers' abstracts in JATS (https://jats.nlm.nih.gov), titles and readers'
notes come with HTML. Only tags of these kinds are taken for tags: "p<b and c>d" stays. The result
is **not** safe to print as HTML: like every text it is escaped where it is shown. Takes any
string, never raises, takes time linear in its length.
"""

import html
import re

__all__ = ["untagged"]

_NAMES = (
    "abstract|alternatives|article-title|b|big|blockquote|body|bold|br|caption|center|cite|code"
    "|dd|def|def-item|def-list|disp-formula|div|dl|dt|em|email|ext-link|fig|font|graphic|h[1-6]"
    "|hr|i|img|inline-formula|inline-graphic|ital|italics?|label|li|list|list-item|monospace"
    "|named-content|ol|overline|p|pre|q|roman|sans-serif|sc|scp|sec|section|small|span|strike"
    "|string-name|strong|styled-content|sub|subtitle|sup|table|tbody|td|tex-math|th|thead|title"
    "|tr|trans-abstract|tt|u|ul|underline|uri|xref"
)
_MATHML = (
    "m(?:ath|row|i|o|n|sup|sub|frac|text|style|subsup|sqrt|over|under|space|fenced|table|tr|td)"
)
_ATTRIBUTE = r"\s+[\w:.-]{1,60}(?:\s*=\s*(?:\"[^\"<]{0,2000}\"|'[^'<]{0,2000}'|[^\s\"'<>=]{1,500}))"
_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>(?:jats|mml|xhtml|ns\d):[A-Za-z][\w.-]{0,40}"
    rf"|{_MATHML}|{_NAMES})(?=[\s/>])(?:{_ATTRIBUTE}){{0,20}}\s*/?>"
    r"|<!--[^<>]{0,200}-->|<!\[CDATA\[|\]\]>",
    re.I,
)
_BLOCK = re.compile(
    "abstract|article-title|blockquote|body|br|caption|center|dd|def-item|disp-formula|div|dl|dt"
    "|fig|h[1-6]|hr|label|li|list|list-item|ol|p|pre|sec|section|subtitle|table|td|th|title|tr"
    "|trans-abstract|ul"
)
_HEADINGS = {"title", "subtitle", "h1", "h2", "h3", "h4", "h5", "h6"}
_BOLD = {"b", "bold", "strong"}  # a heading in some abstracts
_READ = {*_HEADINGS, *_BOLD, "sub", "sup", "tex-math"}  # what is inside is read in a way of its own
_RAISED = re.compile(r"(?:st|nd|rd|th|tm|sm|[®™©*†‡§]+|[a-z])?", re.I)
_LOWERED = re.compile(r"[\d+\-−.,()\s]*")
# Springer wraps each formula into a LaTeX document of its own.
_TEX_BODY = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.S)
# What is left of a text that was escaped twice.
_ESCAPED = re.compile(
    r"</(?:jats:)?(?:p|i|b|em|sub|sup|sec|title|italic|bold|strong|div)\s*>|&(?:lt|gt|amp|quot);",
    re.I,
)
_SUPERSCRIPTS = str.maketrans("0123456789+-−()=n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾⁼ⁿ")
_SUBSCRIPTS = str.maketrans("0123456789+-−()=", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎₌")
_SPACES = re.compile(r"\s+")
_ABSTRACT = re.compile(r"(?:abstract|summary)[.:]?\Z", re.I)


def untagged(text: str) -> str:
    """The text on one line: paragraphs become sentences apart, headings end in a colon.

    H<sub>2</sub>O is H₂O, x<sup>beta</sup> is x^beta and a<sub>i</sub> a_i; of a formula in both
    TeX and MathML the TeX stays. A heading "Abstract" at the start is left out.
    """
    if "<" not in text and "&" not in text:
        return " ".join(text.split())
    read = _read(text)
    if "&" in text and _ESCAPED.search(read):
        read = _read(read)
    return " ".join(read.split())


def _read(text: str) -> str:
    out: list[str] = []
    open_tags: list[tuple[str, int]] = []  # name, where its text begins in `out`
    skipped = 0  # in MathML that stands beside the same in TeX
    pos = 0
    has_tex = "tex-math" in text
    for tag in _TAG.finditer(text):
        if not skipped:
            out.append(html.unescape(text[pos : tag.start()]))
        pos = tag.end()
        if tag["name"] is None:  # a comment or a mark of CDATA
            continue
        prefix, _, name = tag["name"].lower().rpartition(":")
        if has_tex and name == "math":
            skipped = max(0, skipped + (-1 if tag["end"] else 0 if _is_empty(tag) else 1))
        if skipped or prefix == "mml" or re.fullmatch(_MATHML, name):
            continue
        if _BLOCK.fullmatch(name):
            out.append(" ")
        if tag["end"]:
            _close(name, open_tags, out)
        elif name in _READ and not _is_empty(tag):
            del open_tags[50:]  # deeper than anybody nests them
            open_tags.append((name, len(out)))
    if not skipped:
        out.append(html.unescape(text[pos:]))
    return "".join(out)


def _is_empty(tag: re.Match) -> bool:
    return tag[0].endswith("/>")


def _close(name: str, open_tags: list[tuple[str, int]], out: list[str]) -> None:
    """What was written since the tag was opened, as that tag has it read."""
    if not open_tags or open_tags[-1][0] != name:
        return
    _, begin = open_tags.pop()
    bare = "".join(out[begin:])
    inside = bare.strip()
    del out[begin:]
    if name == "sub":
        small = inside.translate(_SUBSCRIPTS)
        out.append(small if _LOWERED.fullmatch(inside) else f"_{_operand(inside)}")
    elif name == "sup" and _RAISED.fullmatch(inside):
        out.append(inside)
    elif name == "sup":
        small = inside.translate(_SUPERSCRIPTS)
        out.append(small if _is_small(small) else f"^{_operand(inside)}")
    elif name == "tex-math":
        found = _TEX_BODY.search(inside)
        out.append(" " + _SPACES.sub(" ", found[1] if found else inside).replace("$$", "$") + " ")
    elif _ABSTRACT.match(inside) and len(out) < 9 and not "".join(out).strip():
        return
    elif name in _BOLD:
        out.append(bare)
    elif inside:
        out.append(inside + (" " if inside[-1] in ".:?!" else ": "))


def _is_small(text: str) -> bool:
    """Whether a text is of superscripts alone."""
    return not text.strip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾⁼ⁿ ")


def _operand(text: str) -> str:
    return text if len(text) < 2 or re.fullmatch(r"[-+−]?[\w.]+", text) else f"({text})"
