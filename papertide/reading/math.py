r"""LaTeX formulas to MathML, for pages.

latex2mathml reads the LaTeX; what it makes is never shown. It passes on links, styles and markup
that a formula may hold (``\href{javascript:…}``, ``\text{<script>}``), and sizes and shifts that
could cover the page. So its element tree is taken apart: a new one is built of elements and
attributes of MathML Core (https://www.w3.org/TR/mathml-core/) that are listed here, attributes
with values that are listed here, and text, which is escaped when the tree is written.

Browsers draw MathML Core only, so the new tree is mended as well: letters of a font are their
Unicode characters, functions and signs have TeX's spaces.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from string import ascii_uppercase
from xml.etree.ElementTree import Element, tostring

from latex2mathml import commands, converter
from latex2mathml.symbols_parser import SYMBOLS

__all__ = ["LONGEST", "Unreadable", "convert", "mathml"]

LONGEST = 1000  # characters of a formula; 99% have at most 72
_DEEPEST = 24  # elements in elements; no formula in 42,000 of arXiv goes deeper than 11
_LARGEST = 600  # elements; no formula in 42,000 has more than 341


class Unreadable(ValueError):
    """A formula that cannot be shown as MathML, and why."""


@lru_cache(maxsize=4096)
def mathml(latex: str, display: bool = False) -> str | None:
    """MathML markup of a formula without its delimiters, safe to put into a page.

    None where there is none that says what the formula says: show its text then.
    """
    try:
        return convert(latex, display)
    except Unreadable:
        return None


def convert(latex: str, display: bool = False) -> str:
    """As :func:`mathml`, uncached; raises Unreadable with the reason."""
    source = " ".join(latex.split())
    if not source:
        raise Unreadable("empty")
    if len(source) > LONGEST:
        raise Unreadable("too long")
    source = _mended(source)
    if unknown := sorted({name for name in _MACRO.findall(source) if name not in _KNOWN}):
        raise Unreadable("unknown " + " ".join(unknown))
    _check_braces(source)
    mode = "block" if display else "inline"
    try:
        made = converter.Converter(display=mode).convert_to_element(source)
        math = Element("math", {"display": "block"} if display else {})
        _Builder().fill(math, made[0])
        # The source is for readers' copies and for screen readers without MathML.
        math.set("alttext", _printable(" ".join(latex.split())))
        return tostring(math, encoding="unicode", short_empty_elements=False)
    except Unreadable:
        raise
    except Exception as error:  # whatever latex2mathml stumbles over; RecursionError too
        raise Unreadable(type(error).__name__) from None


# --- the source ------------------------------------------------------------------------------

_MACRO = re.compile(r"\\(?:[A-Za-z]+|.)")

# What latex2mathml can read, less what leads elsewhere or covers a place. Not in its tables and so
# refused: what defines macros, which could be expanded without end, and characters by number.
_KNOWN = {
    *(name for name in SYMBOLS if _MACRO.fullmatch(name)),
    *commands.CONVERSION_MAP, *commands.LOCAL_FONTS, *commands.GLOBAL_FONTS, *commands.FUNCTIONS,
    *converter.MOVABLE_LIMIT_TEXTS, *converter.OPERATORS, commands.NOT, commands.OVER,
    commands.ATOP, commands.CHOOSE, commands.BEGIN, commands.END, commands.OPERATORNAME,
    commands.SPACE, commands.NOBREAKSPACE, commands.HLINE, commands.NONUMBER, commands.NOTAG,
    r"\ ", r"\{", r"\}",
}  # fmt: skip
_KNOWN -= {commands.HREF, commands.VERB, commands.COLORBOX, commands.FCOLORBOX}

# Macros of common packages, and those that so many authors define alike that they are known.
_ALIASES = {
    **dict.fromkeys(["mathbbm", "mathbbmss", "mathds", "mathbbold"], r"\mathbb"),
    **dict.fromkeys(["textsc", "textsl"], r"\text"),
    **dict.fromkeys(["nicefrac", "sfrac"], r"\frac"),
    **{name: rf"\mathbb{{{name[0]}}}" for name in
       ("R", "N", "Z", "Q", "C", "RR", "NN", "ZZ", "QQ", "CC", "EE", "PP", "FF")},
    **{name: rf"\operatorname{{{name}}}" for name in
       ("arg", "poly", "polylog", "sign", "sgn", "rank", "tr", "Tr", "diag", "supp", "Var", "Cov",
        "negl", "opt", "conv", "vol", "nnz", "Poly")},
    "eps": r"\epsilon", "Oh": "O", "setminus": "∖", "nolimits": "",
}  # fmt: skip
# A capital that nobody knows is an author's own; its letter says most of it, as in `clean`.
_ALIASES = {one: one for one in ascii_uppercase if f"\\{one}" not in _KNOWN} | _ALIASES
_ALIAS = re.compile(rf"\\({'|'.join(_ALIASES)})(?![A-Za-z])")


def _mended(source: str) -> str:
    source = _ALIAS.sub(lambda found: " " + _ALIASES[found[1]], source)
    source = re.sub(r"(?<=[0-9}])%", r"\\%", source)  # an amount; else the end of a source's line
    source = re.sub(r"(?<!\\)%", " ", source)
    source = re.sub(r"\\not ?=", r"\\ne ", source)
    return re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))", "{,}", source)  # 1,000 is one number


def _check_braces(source: str) -> None:
    """Raise Unreadable where braces do not match: latex2mathml would guess."""
    depth = 0
    for found in re.finditer(r"\\.|[{}]", source):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth < 0:
            break
        if depth > _DEEPEST:
            raise Unreadable("too deep")
    if depth:
        raise Unreadable("braces do not match")


# --- characters ------------------------------------------------------------------------------

_REFERENCE = re.compile(r"&#x([0-9A-Fa-f]+);")  # how latex2mathml writes characters
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2006\u2009"), " ")


def _printable(text: str) -> str:
    """The text, if it has no character that is unseen or could disguise a line."""
    if not text.translate(_SPACES).isprintable():
        raise Unreadable("a control character")
    return text


def _text(element: Element) -> str:
    raw = element.text or ""
    if raw.startswith("\\"):  # \bigl\{ keeps the name of its sign
        raw = f"&#x{SYMBOLS[raw]};" if raw in SYMBOLS else raw
    if "\\" in raw or "$" in raw or raw in ("{", "}", "&"):
        raise Unreadable("not understood: " + raw)
    return _printable(_REFERENCE.sub(lambda found: chr(int(found[1], 16)), raw))


def _fonts() -> dict[str, dict[str, str]]:
    """Font -> plain character -> its character in that font, from Unicode's names."""
    found: dict[str, dict[str, str]] = {}
    for character in map(chr, (*range(0x2100, 0x2150), *range(0x1D400, 0x1D800))):
        kind, _, plain = unicodedata.decomposition(character).partition(" ")
        name = unicodedata.name(character, "").removeprefix("MATHEMATICAL ")
        font = re.match(r"(.*?) ?(?:CAPITAL|SMALL|DIGIT|NABLA|PARTIAL)", name)
        if kind == "<font>" and font:
            font = font[1].lower().replace("black-letter", "fraktur").replace(" ", "-")
            found.setdefault(font, {})[chr(int(plain, 16))] = character
    return found


_FONTS = _fonts()


def _in_font(text: str, font: str) -> str:
    letters = _FONTS.get(font, {})
    upright = _FONTS.get(font.removesuffix("-italic"), {})  # digits have no italics
    return "".join(letters.get(one) or upright.get(one, one) for one in text)


# --- elements --------------------------------------------------------------------------------

_ROWS = {"math", "mrow", "mstyle", "mphantom", "mpadded", "msqrt", "mtd"}
_LEAVES = {"mi", "mn", "mo", "mtext"}
_CHILDREN = {
    "mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3,
    "munderover": 3,
}  # fmt: skip
_TABLES = {"mtable": "mtr", "mtr": "mtd"}  # what they hold
_ACCENTS = set("´¯˘ˇ˙¨`^~˚→←↔‾⏞⏟⎴⎵⏜⏝") | {"\u20db", "\u20dc"}

# Lengths are small and never negative: a formula stays in its place.
_LENGTH = r"0|(?:[0-9](?:\.[0-9]{1,3})?|\.[0-9]{1,3})(?:em|ex|pt|px)"
_BOOLEAN = r"true|false"
_ATTRIBUTES = {
    tag: {name: re.compile(values) for name, values in allowed.items()}
    for tag, allowed in {
        "mo": {
            "stretchy": _BOOLEAN, "fence": _BOOLEAN, "separator": _BOOLEAN, "largeop": _BOOLEAN,
            "movablelimits": _BOOLEAN, "form": "prefix|infix|postfix", "minsize": _LENGTH,
            "maxsize": _LENGTH, "lspace": _LENGTH, "rspace": _LENGTH,
        },
        "mi": {"mathvariant": "normal"},
        "mstyle": {"displaystyle": _BOOLEAN, "scriptlevel": "[0-2]"},
        "mspace": {"width": _LENGTH},
        "mfrac": {"linethickness": _LENGTH},
        "mtable": {"displaystyle": _BOOLEAN},
        "mtd": {"columnalign": "left|center|right"},
    }.items()
}  # fmt: skip
_WIDTHS = {"thinmathspace": "0.167em", "mediummathspace": "0.222em", "thickmathspace": "0.278em"}

# Told apart for their spaces: MathML takes some signs for operators that are none in TeX.
_ORDINARY = frozenset("∞∅∂∇∀∃∄⊤⊥∠…⋯⋮⋱")
_BARS = frozenset("|‖")
_CLOSING = frozenset(")]}⟩⌉⌋!") | _BARS
_SIGNED = frozenset("+−±∓")
_THIN = "0.167em"


class _Builder:
    """Builds the tree that is shown from latex2mathml's; raises Unreadable."""

    def __init__(self) -> None:
        self.elements = self.depth = 0

    def fill(self, row: Element, made: Iterable[Element]) -> None:
        """Put into a row what the children of latex2mathml's row become, spaced as in TeX."""
        before: Element | None = None
        for child in map(_alone, made):
            in_braces = child.tag == "mrow" and len(child) == 1  # {,} and {=} are no operators
            element = self.build(child[0] if in_braces else child)
            if in_braces and element.tag == "mo":
                element.attrib |= {"lspace": "0", "rspace": "0"}
            if before is not None and _needs_space(before, element):
                row.append(Element("mspace", width=_THIN))
            if _is_unary(before, element):
                element.set("form", "prefix")
            row.append(element)
            before = element

    def build(self, made: Element) -> Element:
        """What an element of latex2mathml's becomes."""
        self.elements += 1
        self.depth += 1
        if self.elements > _LARGEST:
            raise Unreadable("too large")
        if self.depth > _DEEPEST:
            raise Unreadable("too deep")
        tag = made.tag
        if tag == "mo" and len(made) and (name := "".join(made.itertext())).isalpha():
            element = Element("mi", mathvariant="normal")  # \mathop{\rm argmin}
            element.text = name
        elif tag in _LEAVES and not len(made):
            element = _leaf(made)
        elif tag in _ROWS or tag in _LEAVES:  # \mathrel{…} is a sign made of signs
            element = Element(tag if tag in _ROWS - {"mpadded"} else "mrow")
            self.fill(element, made)
        elif tag == "mspace":
            element = Element(tag)
        elif tag in _CHILDREN or tag in _TABLES:
            element = Element(tag)
            element.extend([self.build(_alone(child)) for child in made])
            _check_children(element)
        else:
            raise Unreadable(f"<{tag}>")
        for name, value in made.attrib.items():
            allowed = _ATTRIBUTES.get(element.tag, {}).get(name)
            value = _WIDTHS.get(value, value)
            if allowed and allowed.fullmatch(value):
                element.set(name, value)
        self.depth -= 1
        return element


def _alone(made: Element) -> Element:
    """An element without the rows that hold nothing else; a sign keeps its braces."""
    while made.tag in ("mrow", "mpadded") and len(made) == 1 and made[0].tag != "mo":
        made = made[0]
    return made


def _leaf(made: Element) -> Element:
    text = _text(made).replace("―", "‾")  # a dash for a line: it does not stretch
    element = Element(made.tag)
    if made.tag in ("mi", "mn"):
        text = _in_font(text, made.get("mathvariant", ""))
    if made.tag == "mo" and (text[:1].isalpha() or text in _ORDINARY):
        element = Element("mi")
        if len(text) == 1:
            element.set("mathvariant", "normal")
    elif made.tag == "mi" and (text in (":", ";") or unicodedata.category(text[:1] or " ")
                               in ("Sm", "Ps", "Pe")) and text not in _ORDINARY:  # fmt: skip
        element = Element("mo", stretchy="false")
    if text in _BARS:
        element.attrib |= {"lspace": "0", "rspace": "0"}
    elif made.tag == "mi" and "Α" <= text <= "Ω":  # upright, as in TeX
        element.set("mathvariant", "normal")
    element.text = text
    return element


def _check_children(element: Element) -> None:
    tag, count = element.tag, len(element)
    if count != _CHILDREN.get(tag, count):
        raise Unreadable(f"{tag} of {count}")
    if any(child.tag != _TABLES.get(tag, child.tag) for child in element):
        raise Unreadable(f"{tag} of something else")
    if tag in ("mover", "munder") and (element[1].text or "") in _ACCENTS:
        element.set("accent" if tag == "mover" else "accentunder", "true")


def _core(element: Element) -> Element:
    """What a script is set to, or the element itself."""
    while element.tag in _CHILDREN and element.tag not in ("mfrac", "mroot"):
        element = element[0]
    return element


def _is_function(element: Element) -> bool:
    core = _core(element)
    return core.tag == "mi" and len(core.text or "") > 1


def _needs_space(before: Element, element: Element) -> bool:
    """Whether TeX puts a thin space between two things that MathML puts side by side."""
    if "mspace" in (before.tag, element.tag) or _core(element).tag == "mo":
        return False
    if _is_function(element):
        return _core(before).tag != "mo" or _core(before).text in _CLOSING - _BARS
    opens = len(element) and element[0].get("form") == "prefix"
    return _is_function(before) and not opens


def _is_unary(before: Element | None, element: Element) -> bool:
    """Whether a sign stands after an operator: MathML knows only those that begin a row."""
    return (
        element.tag == "mo" and element.text in _SIGNED
        and before is not None and before.tag == "mo" and before.text not in _CLOSING
    )  # fmt: skip
