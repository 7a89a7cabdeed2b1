"""A map as an SVG picture, for pages, feeds and mail: it needs no style sheet and no script.

Colours are attributes, which the style sheet of a page overrides by its classes: `k0` to `k9` for
topics, `lone` for papers of none. What papers say is escaped, and what XML cannot hold left out.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from html import escape

from papertide.topics.drawing import Drawing

WIDEST, NARROWEST = 1600, 320
SHAPE = 0.68  # height to width
_PALETTES = {  # of topics, of papers in none, behind them, of words
    "light": (("#1f6f9e", "#c1531b", "#2e7d4f", "#a63a72", "#6b57b8", "#8a6d1a", "#20807d",
               "#b23a3a", "#5a6b2f", "#7a5540"), "#a3abad", "#fdfcf9", "#1b2225"),
    "dark": (("#6cb6e0", "#ef9a66", "#74c795", "#e48bb8", "#a99be8", "#d6b95a", "#6fcdc9",
              "#ec8d8d", "#aebf78", "#c9a48c"), "#5d6a6f", "#121719", "#e7eae9"),
}  # fmt: skip
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LETTER = 0.56  # how wide a letter is, as a share of the size of its font
_WIDE = re.compile(r"[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\ufe30-\uff60]")


def picture(
    drawing: Drawing, width: int = 960, *, caption: str = "", dark: bool = False, only: int = -1
) -> str:
    """The SVG of a map, `width` pixels wide (320 to 1600) and about two thirds as high.

    `caption` is said below it; papers of other topics than `only` are faint. 11 bytes a paper.
    """
    width = min(max(width, NARROWEST), WIDEST)
    height = round(width * SHAPE)
    colours, lone, paper, ink = _PALETTES["dark" if dark else "light"]
    margin, foot = 14, 26 if caption else 0
    scale = [(margin + x * (width - 2 * margin), margin + y * (height - 2 * margin))
             for x, y in zip(drawing.x, drawing.y, strict=True)]  # fmt: skip
    dots: dict[int, list[str]] = defaultdict(list)
    for (x, y), topic in zip(scale, drawing.topic, strict=True):
        dots[topic].append(f"M{x:.0f} {y:.0f}h0")
    radius = 7 if len(scale) < 300 else 5 if len(scale) < 2000 else 3.5
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="map-picture" width="{width}" '
        f'height="{height + foot}" viewBox="0 0 {width} {height + foot}" role="img" '
        f'font-family="system-ui, sans-serif">',
        f"<title>{_text(_told(drawing))}</title>",
        f'<rect class="back" width="100%" height="100%" fill="{paper}"/>',
    ]
    for topic in sorted(dots):
        held = drawing.topics[topic] if topic >= 0 else None
        faint = ' opacity="0.18"' if only >= 0 and topic != only else ""
        lines.append(
            f'<path class="{f"k{held.colour}" if held else "lone"}" fill="none" '
            f'stroke="{colours[held.colour] if held else lone}" stroke-width="{radius}" '
            f'stroke-linecap="round"{faint} d="{"".join(dots[topic])}"/>'
        )
    for number, x, y, size in placed(drawing, width, height, only):
        lines.append(
            f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" font-weight="600" '
            f'text-anchor="middle" fill="{ink}" stroke="{paper}" stroke-width="4" '
            f'stroke-linejoin="round" paint-order="stroke">{_text(drawing.topics[number].name)}'
            "</text>"
        )
    if caption:
        lines.append(f'<text class="caption" x="{margin}" y="{height + 14}" font-size="13" '
                     f'fill="{ink}">{_text(caption)}</text>')  # fmt: skip
    return "\n".join([*lines, "</svg>"])


def placed(
    drawing: Drawing, width: int, height: int, only: int = -1
) -> list[tuple[int, float, float, int]]:
    """Which topics' names can be read in a picture, and where: the topic's place, the middle of the
    foot of its name, its size in pixels. The largest topics come first; none overlaps another or
    leaves the picture; what finds no room is left out."""
    boxes: list[tuple[float, float, float, float]] = []
    found = []
    large = max((len(topic.papers) for topic in drawing.topics), default=1)
    order: Sequence[int] = range(len(drawing.topics)) if only < 0 else [only]
    for number in order:
        topic = drawing.topics[number]
        usual = 12 if width < 600 else 14
        size = usual + round(4 * (len(topic.papers) / large) ** 0.5)
        letters = len(topic.name) + len(_WIDE.findall(topic.name)) * 0.8
        wide = min(letters * _LETTER * size + 8, width)
        for up in (0, -1, 1, -2, 2, -3, 3):
            x = min(max(topic.x * width, wide / 2), width - wide / 2)
            y = min(max(topic.y * height + up * size * 1.1, size * 1.1), height - size * 0.4)
            box = (x - wide / 2, y - size, x + wide / 2, y + size * 0.3)
            if not any(_over(box, other) for other in boxes):
                boxes.append(box)
                found.append((number, x, y, size))
                break
    return found


def _over(one: tuple, other: tuple) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _told(drawing: Drawing) -> str:
    names = ", ".join(topic.name for topic in drawing.topics)
    return f"A map of {len(drawing.x):,} papers" + (f": {names}" if names else "")


def _text(text: str) -> str:
    return escape(_NO_XML.sub("", text))
