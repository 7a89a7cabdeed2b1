"""Plots: well-formed, safe, and telling in words what they show."""

from xml.etree import ElementTree

import pytest

from papertide.trends import plot

NAN = float("nan")


@pytest.mark.parametrize(
    "made",
    [
        plot.sparkline([1, 2, 3], "up"),
        plot.sparkline([], "nothing"),
        plot.sparkline([0, 0], "zeros"),
        plot.sparkline([5], "one", [(1, 2, 3)]),
        plot.sparkline([1, NAN, 2, float("inf")], "gaps", [(1, 2, 3), (0, 2, 5)]),
        plot.sparkline([-1, 1e300], "far"),
        plot.interval(0, 0, 0, 0, "nothing"),
        plot.interval(1, 14, 53, 20, "beyond"),
        plot.interval(-5, 1, 2, 3, '<script>alert("1")</script>'),
    ],
)
def test_every_plot(made):
    root = ElementTree.fromstring(made)
    assert root.attrib["role"] == "img"
    assert root.find("title").text
    held = {name for element in root.iter() for name in element.attrib}
    assert not held & {"style", "onload", "href"}
    assert "<script" not in made and "nan" not in made.lower().replace("nothing", "")
    for element in root.iter():
        for name in ("x", "x1", "x2", "cx"):
            if name in element.attrib:
                assert 0 <= float(element.attrib[name]) <= plot.WIDTH
        if "points" in element.attrib:
            for point in element.attrib["points"].split():
                x, y = map(float, point.split(","))
                assert 0 <= x <= plot.WIDTH and 0 <= y <= plot.HEIGHT


def test_higher_is_higher():
    root = ElementTree.fromstring(plot.sparkline([1, 4], "up", [(3, 5, 8)]))
    [line] = [e for e in root.findall("polyline") if "class" not in e.attrib]
    low, high = (float(point.split(",")[1]) for point in line.attrib["points"].split())
    assert high < low
    assert root.find("polygon").attrib["class"] == "band"
