"""LaTeX to readable text, for the titles and abstracts of papers.

``clean`` gives plain text (search, titles, mail); ``readable`` the same with math left as its
source; ``pieces`` that in parts, text and formulas, for a page that renders them. All take any
string, never raise, take time linear in its length and return text that is **not** escaped: that
is the template's job.

A text is read once, left to right, by a scanner that knows TeX's groups and arguments. What
macros mean comes from pylatexenc's tables; its own parser would be too slow for a catalogue.
``--`` and ``---`` stay, so that a title still equals the same title from another source.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, partial

import msgspec
from pylatexenc.latex2text import LatexNodes2Text, get_default_latex_context_db

__all__ = ["Formula", "clean", "pieces", "readable"]


class Formula(msgspec.Struct, frozen=True):
    """Math in a text: its LaTeX without delimiters, and whether it stands on a line of its own."""

    latex: str
    display: bool = False

    @property
    def text(self) -> str:
        """The formula as :func:`clean` writes it."""
        return _plain_math(self.latex)


def clean(text: str) -> str:
    r"""Plain text: accents composed, macros turned to Unicode, math without its dollars.

    ``T\"ULU`` is TÜLU, ``$\ell_2$`` is ℓ_2, ``$x^{n+1}$`` is x^(n+1). A macro nobody knows keeps
    its name (``\poly`` is poly) or, if it wraps an argument, only that. The result is NFC, on
    one line, without control characters.
    """
    return _read(text, keep_math=False)


def readable(text: str) -> str:
    r"""Text for display: as :func:`clean`, but math stays as its source, delimiters included.

    A literal dollar stays ``\$`` where a bare one could be taken for the delimiter of math.
    """
    return _read(text, keep_math=True)


def pieces(text: str) -> list[str | Formula]:
    """What :func:`readable` shows, in order: text, its literal dollars bare, and formulas.

    Texts keep the spaces beside formulas; none is empty.
    """
    text = _mended(text)
    if not _has_latex(text):
        return [text] if text else []
    found: list[str | Formula] = []
    parts = " ".join(_scan(text, keep_math=True).split()).split(_MATH)
    for n in range(0, len(parts), 4):  # text, opening delimiter, formula, closing delimiter
        if plain := _characters(parts[n].replace(_DOLLAR, "$")):
            found.append(plain)
        if latex := "".join(parts[n + 2 : n + 3]).strip():
            found.append(Formula(latex, parts[n + 1] in ("$$", r"\[")))
    return found


def _read(text: str, keep_math: bool) -> str:
    text = _mended(text)
    if not _has_latex(text):
        return text
    marked = _scan(text, keep_math)
    bare = marked.replace(_DOLLAR, "$")
    if keep_math and bare != marked and _scan(bare.replace(_MATH, ""), keep_math) != marked:
        bare = marked.replace(_DOLLAR, r"\$")
    return " ".join(_characters(bare).split())


@lru_cache(maxsize=4096)  # $n$, $k$ and $\epsilon$ are most formulas
def _plain_math(latex: str) -> str:
    return " ".join(_characters(_scan(rf"\({_characters(latex)} \)", keep_math=False)).split())


def _mended(text: str) -> str:
    """A text on one line, without control characters and authors' slips."""
    if not (text.isascii() and text.isprintable()):
        text = " ".join(_characters(text).split())
    elif "  " in text or text[:1] == " " or text[-1:] == " ":
        text = " ".join(text.split())
    return _MEND.sub(_repaired, text) if _MENDABLE.search(text) else text


def _has_latex(text: str) -> bool:
    # Seven plain searches take a tenth of the time of one regular expression.
    return ("\\" in text or "$" in text or "{" in text or "}" in text
            or "~" in text or "`" in text or "''" in text)  # fmt: skip


# --- characters ------------------------------------------------------------------------------

# Controls, lone surrogates, invisible characters (soft hyphen, zero-width space, word joiner,
# BOM) and the bidirectional overrides and isolates, which can disguise a line.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u2060\ufeff"
    "\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
# While scanning; the text holds no control characters then.
_DOLLAR = "\0"  # a literal dollar
_MATH = "\1"  # stands before and after each delimiter of math that is kept

# Python's NFC takes quadratic time in a run of combining marks. Unicode's stream-safe format
# (UAX #15, section 13) allows 30. Marks are told here by what they are not, so that a long run
# of other signs is cut as well.
_MARKS = re.compile(r"([^\w\s!-~]{30})[^\w\s!-~]++")


def _characters(text: str) -> str:
    if not text.isprintable():
        text = _UNSEEN.sub("", text)
    return text if text.isascii() else unicodedata.normalize("NFC", _MARKS.sub(r"\1", text))


# --- repairs ---------------------------------------------------------------------------------

# Spaces that authors forgot and backslashes that were lost on the way, each checked over 266,000
# arXiv abstracts. Links, math and arguments are passed over. _MENDABLE tells cheaply whether
# there may be anything: it starts with a class of characters, which `re` finds fast.
_MENDABLE = re.compile(
    r"[,:(0-9{](?:(?<=[a-z]{3},)[a-z]{3}|(?<=[a-z]{3}:)[A-Z][a-z]|(?<=[a-z]{2}\()(?:e\.g|i\.e)"
    r"|(?<=[A-Za-z]http:)//|(?<=[A-Za-z]https:)//|(?<=[0-9])times\b"
    r"|(?<=(?<!\S)(?:to|of|by)[0-9])|(?<=(?<!\S)(?:than|from|with)[0-9])"
    r"|(?<=(?<![\\A-Za-z])(?:emph|frac|sqrt)\{)|(?<=(?<![\\A-Za-z])mathcal\{))"
)
_MEND = re.compile(
    r"""(?P<link>https?://\S*+) | \$[^$]*+\$ | \\[A-Za-z]++\{[^{}]*+\}
      | (?P<before>(?<=[a-z]{2})\((?=e\.g|i\.e))
      | (?P<after>(?<=[a-z]{3}),(?=[a-z]{3}) | (?<=[a-z]{3}):(?=[A-Z][a-z])
                | (?<!\S)(?:to|of|by|than|from|with)(?=[0-9]))
      | (?P<times>(?<=[0-9])times\b)
      | (?P<macro>(?<![\\A-Za-z])(?:emph|frac|sqrt|mathcal)(?=\{))""",
    re.VERBOSE,
)


def _repaired(found: re.Match) -> str:
    token, start = found[0], found.start()
    glued = found.string[start - 1 : start].isalpha()
    changed = {"link": " " * glued + token, "before": " " + token, "after": token + " "}
    return (changed | {"times": "×", "macro": "\\" + token}).get(found.lastgroup, token)


# --- macros ----------------------------------------------------------------------------------


def _symbols() -> dict[str, str]:
    """Macro name -> Unicode, from pylatexenc's tables."""
    wanted = ["latex-base", "advanced-symbols", "nonstandard-qit"]
    found = {
        macro.macroname: macro.simplify_repl
        for macro in get_default_latex_context_db().iter_macro_specs(wanted)
        if isinstance(macro.simplify_repl, str) and "%" not in macro.simplify_repl
    }
    for name, symbol in found.items():  # the lunate epsilon, the straight phi: one letter to find
        if "GREEK" in unicodedata.name(symbol[:1] or " ", ""):
            found[name] = unicodedata.normalize("NFKC", symbol)
    del found["today"]
    found |= {"\\": " ", "|": "‖", "%": "%", "colon": ":", "ne": "≠", "eps": found["epsilon"]}
    # The signs of ASCII by name, as BibTeX files have them: no letters that look like them.
    found |= {"textasciicircum": "^", "textbraceleft": "{", "textbraceright": "}"}
    found |= {"textless": "<", "textgreater": ">"}
    return found | dict.fromkeys("-/@()[]", "") | {"eg": "e.g.", "ie": "i.e.", "etal": "et al."}


def _accents() -> dict[str, str]:
    """Accent macro -> combining mark, learnt by letting pylatexenc accent an o."""
    names = [*"\"'`^~=.cHkbdruv", "hat", "tilde", "bar", "vec", "dot", "ddot", "check", "breve"]
    names += ["acute", "grave", "not"]
    accented = LatexNodes2Text().latex_to_text(" ".join(f"\\{name}{{o}}" for name in names))
    marks = (unicodedata.normalize("NFD", letter)[1:] for letter in accented.split())
    found = dict(zip(names, marks, strict=True))
    return found | {"widehat": found["hat"], "widetilde": found["tilde"]}


def _accented(name: str, letters: str) -> str:
    base = {"ı": "i", "ȷ": "j"}.get(letters[:1], letters[:1])
    one = unicodedata.normalize("NFC", base + _ACCENTS[name])
    if name.isalpha():  # a hat over one letter may stay two code points; over a phrase it goes
        return one if len(letters) == 1 else letters
    # \"quoted\" or don\'t: an escaped quote, unless letter and accent are one character.
    return one + letters[1:] if letters and len(one) == 1 else name + letters


def _unit(text: str) -> str:
    """Text as one operand: in parentheses where losing its braces would change what it says."""
    return text if _UNIT.fullmatch(text) else f"({text})"


_UNIT = re.compile(r"[-+−]?(?:[0-9.]*+%?|[^\W\d]\w*+|[*'+∞∗⊤†]++)|\([^()]*+\)")
_SYMBOLS = _symbols()
_ACCENTS = _accents()

# Macros that do more than wrap: how many arguments they take, and what they make of them.
_CALLS: dict[str, tuple[int, Callable[..., str]]] = {
    "sqrt": (1, lambda x: "√" + _unit(x)),
    "binom": (2, "({} choose {})".format),
    "pmod": (1, " (mod {})".format),
    "textsuperscript": (1, lambda x: "^" + _unit(x)),
    "textsubscript": (1, lambda x: "_" + _unit(x)),
    "href": (2, lambda url, label: label if "://" in label or not url else f"{label} ({url})"),
    "footnote": (1, lambda x: f" ({x.strip()})" if x.strip() else ""),
}


for _names, _wanted, _make in (
    ("frac dfrac tfrac cfrac nicefrac sfrac", 2, lambda a, b: f"{_unit(a)}/{_unit(b)}"),
    ("stackrel overset underset texorpdfstring textcolor", 2, "{1}".format),
    ("cite citep citet citealp ref eqref autoref cref Cref label color begin end", 1, "".format),
    ("hspace vspace phantom includegraphics", 1, "".format),
):
    _CALLS.update((name, (_wanted, _make)) for name in _names.split())
_CALLS.update((name, (1, partial(_accented, name))) for name in _ACCENTS)

# Fonts, sizes and layout say nothing; \math... and \text... are told by their names.
_BREAKS = re.compile(r"par|item|newline|linebreak|(?:small|med|big)skip|hfill")
_SILENT = re.compile(
    _BREAKS.pattern
    + r"""|(?:bf|it|md|rm|sc|sf|sl|tt|up)(?:series|shape|family)?|em|emph|cal|normalfont|[mhf]box
    |bm|boldsymbol|Bbb|operatorname|mathop|url|path|uline|(?:under|over)line|left|right|middle
    |[bB]igg?[lrm]?|tiny|(?:script|footnote|normal)size|small|[lL]arge|LARGE|[hH]uge
    |(?:display|text|script)style|(?:no)?limits|nonumber|noindent|centering|xspace|protect
    |ensuremath""",
    re.VERBOSE,
)

# --- the scanner -----------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""[\\^_{}~$`'](?: (?<=\\)(?:(?P<word>[A-Za-z]++)(?:\*(?=\{))?|(?P<sign>.))(?P<empty>\{\})?
      | (?<=\^)(?:\\circ(?![A-Za-z])|\{\\circ\}) | (?<=[_^])\{
      | (?<=(?<![\w}\]^])\{)[^\s{},\\$]{1,8}+(?:,[ ]?[^\s{},\\$]{1,8}+)++\}   # a set: {0,1}
      | (?<=[{}~\\]) | (?<=\$)\$?+ | (?<=`)`?+ | (?<=')' )""",
    re.VERBOSE,
)
_TO_DOLLAR = re.compile(r"(?:[^\\$]|\\.)*+(\$\$?+)")
_TO_QUOTE = re.compile(r"(?![\s`'])[^`']*+'")
_PROSE = re.compile(r"(?<![\\A-Za-z])[a-z]{2,}+[,.)]? [(]?[A-Za-z]{2,}")
_AMOUNT = re.compile(r"(?:\\?\$)?\.?[0-9]")
_RANGE_START = re.compile(r"(?<![A-Za-z0-9.,])[0-9.,]{1,9}+[A-Za-z]{0,3}(?:\\?%)?\Z")


def _is_math(inside: str, after: str) -> bool:
    r"""Whether text between two dollars is math, not what stands between two prices.

    The rule of TeX's readers (no space just inside, no digit after the closing dollar) is too
    strict for abstracts, where ``99.0$\pm$0.1`` and ``$ n $`` are common. It is kept for what
    starts like a price; else what has a space just inside must not be prose.
    """
    body = inside.strip()
    if inside[:1].isdigit() and (after.isdigit() or re.search(r"\s(?:[A-Za-z]{2}|\Z)", inside)):
        return "\\" in body and not after.isdigit() and not _PROSE.search(body)
    if inside == body:
        return bool(body) and ("\\" in body or not re.search(r"[a-z]{2} [a-z]{4}", body))
    short = body.isalnum() and (len(body) < 3 or body.isupper())
    return short or (bool(re.search(r"[\\^_=<>(+]", body)) and not _PROSE.search(body))


class _Page:
    """What was written so far, with the open groups and the macros that wait for arguments.

    Macros nested deeper than ``DEEPEST`` are read as plain groups, which are mere marks on a
    stack: joining arguments over and over would make hostile nesting cost its square.
    """

    DEEPEST = 30

    def __init__(self) -> None:
        self.out: list[str] = []
        self.stack: list = []  # None for a group; (make, wanted, where it begins, arguments)
        self.waiting = self.groups = 0

    def write(self, text: str, whole: bool = False) -> None:
        """Add text; a waiting macro takes its first character, or the ``whole``."""
        while text and self.stack and self.stack[-1]:
            text = text.lstrip()
            if text:
                self.out.append(text if whole else text[0])
                self._argument()
            text = "" if whole else text[1:]
        if text:
            self.out.append(text)

    def call(self, wanted: int, make: Callable[..., str]) -> None:
        if self.waiting < self.DEEPEST:
            self.stack.append((make, wanted, len(self.out), []))
            self.waiting += 1

    def _argument(self) -> None:
        """What was written since the last macro is an argument; with its last, carry it out."""
        while self.stack and self.stack[-1]:
            make, wanted, begin, arguments = self.stack[-1]
            arguments.append("".join(self.out[begin:]))
            del self.out[begin:]
            if len(arguments) < wanted:
                return
            self.stack.pop()
            self.waiting -= 1
            self.out.append(make(*arguments))

    def open(self) -> None:
        self.stack.append(None)
        self.groups += 1

    def close(self) -> None:
        """End a group and what waits in it; a brace that closes nothing is dropped."""
        if self.groups:
            while self.stack[-1]:
                self._argument()
            self.stack.pop()
            self.groups -= 1
            self._argument()

    def last(self) -> str:
        return next((piece[-1] for piece in self.out[:-4:-1] if piece), " ")

    def text(self) -> str:
        while self.stack:
            self.close() if self.groups else self._argument()
        return "".join(self.out)


def _macro(page: _Page, name: str, empty: bool, text: str, pos: int, in_math: bool) -> int:
    """Write or begin the macro whose token ends at ``pos``; returns where to read on."""
    after = text[pos : pos + 1]
    further = pos if empty else pos + (after == " ")  # past the space that ends a name in TeX
    if in_math and len(name) == 1:  # \R, \L, \v: in math an author's own, no letter or accent
        page.write("" if name in _ACCENTS else name, whole=True)
        return pos
    if name in _CALLS:
        while text[further : further + 1] == "[":  # an optional argument
            further = 1 + max(further, text.find("]", further, further + 200))
        if not empty:
            page.call(*_CALLS[name])
        return further
    symbol = _SYMBOLS.get(name)
    if _SILENT.fullmatch(name) or (symbol is None and name.startswith(("math", "text"))):
        page.write(" " if _BREAKS.fullmatch(name) else "")
        return further + (name in ("left", "right") and text[further : further + 1] == ".")
    if symbol is None and after == "{":
        return pos
    before, sign = page.last(), (symbol or " ")[0]
    if symbol is None or len(symbol) > 1:  # a word, such as log or poly: n\log{n} is n log n
        spaced = (before.isalnum() or before in ")]") and not (page.stack and page.stack[-1])
        page.write(" " if spaced else "")
        page.write(symbol or name, whole=True)
        page.write(" " if after == "{" or after.isalnum() else "")
        return pos
    page.write(symbol, whole=True)
    # S\o ren is one word, and $n\times m$ has no space on one side only.
    beside = in_math and before != " " and unicodedata.category(sign) == "Sm"
    return further if beside or "LATIN" in unicodedata.name(sign, "") else pos


def _tilde(before: str, text: str, pos: int) -> str:
    """A space, unless it says approximately (~5%), a range (1M~60M) or a home (/~name)."""
    if before[-1:] in (*" ([\"'", ""):
        return "~" if _AMOUNT.match(text, pos) else " "
    is_range = text[pos : pos + 1].isdigit() and _RANGE_START.search(before)
    return "~" if is_range or before[-1] == "/" else " "


def _math_at(text: str, pos: int, token: str, sign: str | None) -> tuple[int, int] | None:
    r"""The span of the delimiter that ends the math begun before ``pos`` by ``token``."""
    if sign:
        end = text.find("\\)" if sign == "(" else "\\]", pos)
        return end, end + 2
    found = _TO_DOLLAR.match(text, pos)
    if not found:
        return None
    begin = found.start(1)
    end = min(found.end(1), begin + len(token))  # $a$$b$ is two formulas
    return (begin, end) if _is_math(text[pos:begin], text[end : end + 1]) else None


def _scan(text: str, keep_math: bool) -> str:
    """The text without its LaTeX; literal dollars and kept math stand as said above."""
    page, pos = _Page(), 0
    math: tuple[int, int] | None = None
    closed_until = {"(": text.rfind("\\)"), "[": text.rfind("\\]")}
    while found := _TOKEN.search(text, pos):
        start, token, name, sign = found.start(), found[0], found["word"], found["sign"]
        if math and start >= math[0]:
            page.write(text[pos : math[0]].rstrip())
            pos, math = math[1], None
            continue
        page.write(text[pos:start])
        pos, after = found.end(), text[found.end() : found.end() + 1]
        if name:
            if name.startswith("cite") and page.out and page.out[-1].endswith(" "):
                page.out[-1] = page.out[-1][:-1]  # the space before a citation goes with it
            pos = _macro(page, name, bool(found["empty"]), text, pos, bool(math))
        elif not math and (token[0] == "$" or pos <= closed_until.get(sign, -1)):
            math = _math_at(text, pos, token, sign)
            if math is None:
                page.write(_DOLLAR * len(token))
            elif keep_math:
                body, closing = text[pos : math[0]], text[math[0] : math[1]]
                page.write(_MATH.join(["", token, body, closing, ""]), whole=True)
                pos, math = math[1], None
            else:
                pos += after == " "
        elif sign in _ACCENTS and not found["empty"] and (after in "{\\" or after.isalpha()):
            page.call(*_CALLS[sign])
        elif sign:
            page.write(_DOLLAR if sign == "$" else _SYMBOLS.get(sign, sign), whole=True)
        elif token == "{" or (token[0] == "{" and page.stack and page.stack[-1]):
            pos = start + 1
            page.open()
        elif token == "}":
            page.close()
        elif token in ("_{", "^{"):
            page.write(token[0])
            page.call(1, _unit)
            page.open()
        elif token == "~":
            page.write(" " if math else _tilde(text[max(0, start - 14) : start], text, pos))
        elif token in ("``", "''"):
            page.write(token if math else '"')
        elif token == "`":
            opens = not text[max(0, start - 1) : start].isalnum() and _TO_QUOTE.match(text, pos)
            page.write("'" if opens and not math else token)
        elif token != "\\":
            page.write("°" if token[0] == "^" else token)
    page.write(text[pos:])
    return page.text()
