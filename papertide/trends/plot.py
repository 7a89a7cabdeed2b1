"""Small plots as SVG: no style or script within, coloured by the page's style sheet (`.plot`).

All text is escaped; what a plot says is its title too, for those who do not see it.
"""

from collections.abc import Sequence
from html import escape
from math import isfinite

WIDTH, HEIGHT, EDGE = 120, 28, 2  # pixels


def sparkline(
    values: Sequence[float], text: str, ahead: Sequence[tuple[float, float, float]] = ()
) -> str:
    """A line of values from 0 on, and dashed those ahead, each low, middle and high, in a band.

    Values that are no numbers leave a gap.
    """
    steps = max(1, len(values) + len(ahead) - 1)
    known = [v for v in (*values, *(v for three in ahead for v in three)) if isfinite(v)]
    most = max(known, default=0) or 1
    xs = [EDGE + n * (WIDTH - 2 * EDGE) / steps for n in range(steps + 1)]

    def point(place: int, value: float) -> str:
        high = HEIGHT - EDGE - max(value, 0) / most * (HEIGHT - 2 * EDGE)
        return f"{xs[place]:.1f},{high:.1f}"

    drawn = []
    now = next((n for n in reversed(range(len(values))) if isfinite(values[n])), None)
    if ahead and now is not None:
        places = range(len(values), len(values) + len(ahead))
        start = point(now, values[now])
        above = [point(n, three[2]) for n, three in zip(places, ahead, strict=True)]
        below = [point(n, three[0]) for n, three in zip(places, ahead, strict=True)]
        middle = [point(n, three[1]) for n, three in zip(places, ahead, strict=True)]
        drawn.append(f'<polygon class="band" points="{" ".join([start, *above, *below[::-1]])}"/>')
        drawn.append(f'<polyline class="ahead" points="{" ".join([start, *middle])}"/>')
    run: list[str] = []
    for n, value in enumerate((*values, float("nan"))):
        if isfinite(value):
            run.append(point(n, value))
        elif run:
            drawn.append(f'<polyline points="{" ".join(run)}"/>')
            run = []
    if now is not None:
        x, y = point(now, values[now]).split(",")
        drawn.append(f'<circle cx="{x}" cy="{y}" r="2"/>')
    return _svg("spark", text, drawn)


def interval(low: float, middle: float, high: float, most: float, text: str) -> str:
    """A bar from low to high on a scale from 0 to `most`, with a mark at the middle.

    The scale is of square roots: there is more to see among few votes than among many.
    """
    top = max(most, high, 1) ** 0.5

    def x(value: float) -> float:
        return EDGE + (max(value, 0) ** 0.5) / top * (WIDTH - 2 * EDGE)

    line, left, right = HEIGHT / 2, x(low), x(high)
    return _svg(
        "interval", text,
        [
            f'<line class="axis" x1="{EDGE}" y1="{line}" x2="{WIDTH - EDGE}" y2="{line}"/>',
            f'<rect class="band" x="{left:.1f}" y="{line - 5}" width="{max(right - left, 1):.1f}" '
            'height="10" rx="2"/>',
            f'<circle cx="{x(middle):.1f}" cy="{line}" r="3.5"/>',
        ],
    )  # fmt: skip


def _svg(kind: str, text: str, drawn: Sequence[str]) -> str:
    return (
        f'<svg class="plot {kind}" role="img" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}"><title>{escape(text)}</title>{"".join(drawn)}</svg>'
    )
