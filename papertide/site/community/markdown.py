"""What readers write, as HTML: a part of CommonMark, without images, headings and raw HTML.

Rendered by markdown-it-py and sanitised by nh3, as if the first could be wrong. Formulas between
dollars are drawn as those of abstracts; names of people and addresses become links.
"""

import re
from functools import lru_cache

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from papertide.reading.math import mathml

LONGEST = 10_000  # characters of a comment
_DRAWN = 5_000  # characters of LaTeX that are drawn in one text
_TAGS = {"p", "br", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr"}
# Formulas are put in behind the sanitiser, in place of these: no text may have them.
_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACE = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_MENTION = re.compile(r"(?<![\w@/.+-])@([A-Za-z0-9_](?:[\w.+-]{0,148}[A-Za-z0-9_])?)", re.ASCII)
_ADDRESS = re.compile(r"https?://[^\s<>\"']{1,500}[^\s<>\"'.,;:!?)\]]")
_LINK = re.compile(rf"{_ADDRESS.pattern}|{_MENTION.pattern}", re.ASCII)


def person(handle: str) -> str:
    """The page of a person."""
    return f"/people/{handle}"


def handles(text: str, most: int) -> list[str]:
    """The handles that a text names, each once, `most` at the most."""
    found: dict[str, None] = {}
    for match in _MENTION.finditer(text):
        found[match[1]] = None
        if len(found) == most:
            break
    return list(found)


def links(text: str) -> int:
    """How many addresses a text has."""
    return len(re.findall(r"(?i)https?://|(?<![/\w])www\.|\]\((?!https?://)", text))


@lru_cache(maxsize=1024)
def render(text: str, mentions: tuple[str, ...] = ()) -> SafeString:
    """A text as HTML; of the people it names, those of `mentions` are links."""
    text = text.replace(_OPEN, "").replace(_CLOSE, "")
    held: dict = {"mentions": frozenset(mentions), "drawn": [], "left": _DRAWN}
    html = nh3.clean(
        _markdown.render(text, held), tags=_TAGS, attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"}, link_rel="nofollow ugc noopener",
    )  # fmt: skip
    drawn = held["drawn"]
    return mark_safe(_PLACE.sub(lambda match: drawn[int(match[1])], html))


def _formula(state: StateInline, silent: bool) -> bool:
    """``$x$`` or ``$$x$$``, before Markdown takes its underscores for emphasis."""
    text, start = state.src, state.pos
    if text[start] != "$":
        return False
    marker = "$$" if text.startswith("$$", start) else "$"
    inside = start + len(marker)
    end = text.find(marker, inside, inside + 1000)
    latex = text[inside:end] if end > 0 else ""
    # As elsewhere, "$5 and $6" is money: a formula touches its dollars.
    if not latex.strip() or (marker == "$" and latex != latex.strip()) or "$" in latex:
        return False
    if not silent:
        token = state.push("formula", "code", 0)
        token.content, token.markup = latex, marker
    state.pos = end + len(marker)
    return True


def _draw_formula(self, tokens, index, options, held) -> str:
    token = tokens[index]
    held["left"] -= len(token.content)
    drawn = mathml(token.content, token.markup == "$$") if held["left"] >= 0 else None
    held["drawn"].append(drawn or f"<code>{escape(token.content)}</code>")
    return f"{_OPEN}{len(held['drawn']) - 1}{_CLOSE}"


def _draw_text(self, tokens, index, options, held) -> str:
    """Words, and in them addresses and people as links, but not in a link."""
    text = tokens[index].content
    if _inside_link(tokens, index):
        return escape(text)
    parts, last = [], 0
    for match in _LINK.finditer(text):
        handle = match[1]
        if handle and handle not in held["mentions"]:
            continue
        address = person(handle) if handle else match[0]
        parts.append(escape(text[last : match.start()]))
        parts.append(f'<a href="{escape(address)}">{escape(match[0])}</a>')
        last = match.end()
    return "".join(parts) + escape(text[last:])


def _inside_link(tokens: list[Token], index: int) -> bool:
    for token in reversed(tokens[:index]):
        if token.type in ("link_open", "link_close"):
            return token.type == "link_open"
    return False


def _made() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable("image")
    made.disable(["html_block", "html_inline", "reference"])
    made.inline.ruler.before("escape", "formula", _formula)
    made.add_render_rule("formula", _draw_formula)
    made.add_render_rule("text", _draw_text)
    # A heading of a comment would stand among those of the page.
    made.add_render_rule("heading_open", lambda *_: "<p><strong>")
    made.add_render_rule("heading_close", lambda *_: "</strong></p>\n")
    return made


_markdown = _made()
