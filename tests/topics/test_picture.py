"""The picture: well-formed whatever papers say, names that can be read, bounded."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from papertide.topics.drawing import Drawing, Topic, draw
from papertide.topics.picture import NARROWEST, WIDEST, picture, placed
from tests.site.helpers import HOSTILE
from tests.topics.made import blobs

SVG = "{http://www.w3.org/2000/svg}"


def drawing(names):
    topics = [
        Topic(name=name, slug=str(n), also=[], colour=n % 10, x=0.5, y=0.5, papers=[n])
        for n, name in enumerate(names)
    ]
    count = len(topics)
    return Drawing(x=[0.5] * count, y=[0.5] * count, topic=list(range(count)), topics=topics)


@pytest.mark.parametrize("text", [HOSTILE, "]]><svg onload=x>", "a\x00b\x1f\ud800\ufffe", "'\"&"])
def test_hostile_texts(text):
    read = ElementTree.fromstring(picture(drawing([text, "Other"]), caption=text).encode())
    tags = {one.tag.removeprefix(SVG) for one in read.iter()}
    assert tags <= {"svg", "title", "rect", "path", "text"}
    assert not any(name.startswith("on") for one in read.iter() for name in one.attrib)
    assert any("Other" in (one.text or "") for one in read.iter(SVG + "text"))


def test_it_needs_no_style_or_script():
    told = picture(draw(*[blobs(60, 3)[n] for n in (0, 2)]))
    assert "<style" not in told
    assert "style=" not in told
    assert "<script" not in told


@pytest.mark.parametrize("width", [NARROWEST, 700, WIDEST])
def test_names_do_not_overlap(width):
    names = [f"A name of some length {n}" for n in range(24)]
    held = placed(drawing(names), width, round(width * 0.68))
    assert len(held) >= 3
    boxes = []
    for number, x, y, size in held:
        half = len(names[number]) * size * 0.5 / 2
        assert x - half > 0
        assert x + half < width
        boxes.append((y - size, y + size * 0.2))
    boxes.sort()  # all are in one place, so they stand one below the other
    assert all(one[1] <= other[0] for one, other in pairwise(boxes))


def test_sizes_are_bounded():
    for asked, got in ((1, NARROWEST), (10**9, WIDEST)):
        assert ElementTree.fromstring(picture(drawing(["a"]), asked)).attrib["width"] == str(got)


def test_a_picture_of_5000_papers_is_small():
    many = Drawing(x=[n / 5000 for n in range(5000)], y=[0.5] * 5000, topic=[-1] * 5000, topics=[])
    assert len(picture(many)) < 75_000


def test_nothing_at_all():
    empty = Drawing(x=[], y=[], topic=[], topics=[])
    assert "0 papers" in picture(empty)
