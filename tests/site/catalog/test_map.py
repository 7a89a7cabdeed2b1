"""The topic map's page, points and picture, and what they say where there is no map."""

import json
import shutil
from xml.etree import ElementTree

import pytest

from papertide.library import open_library
from papertide.topics import store
from papertide.topics.drawing import FEWEST
from tests.fixtures import make_record
from tests.site.helpers import HOSTILE, add, queries, read

SUBJECTS = {
    "Graph kernels": "graph kernels compare molecules by their substructures and walks",
    "Robot grasping": "robots grasp objects with tactile fingers and learn from demonstrations",
    "Speech recognition": "speech is transcribed from noisy audio by an acoustic model",
}


def papers(each=15):
    number = 0
    for subject, about in SUBJECTS.items():
        for n in range(each):
            number += 1
            yield make_record(
                f"{subject} at station {number}", arxiv=f"2503.{number:05}",
                announced=f"2025-03-{10 + n % 3}", categories=["cs.LG"],
                abstract=f"We study how {about}. {about.capitalize()}, again and again.",
            )  # fmt: skip


@pytest.fixture(scope="module")
def mapped(migrated_sqlite, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mapped") / "data"
    shutil.copytree(migrated_sqlite, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PAPERTIDE_DATABASE_URL", raising=False)
        patch.setenv("PAPERTIDE_DATA", str(folder))
        with open_library(folder) as library:
            hostile = make_record(
                f"{HOSTILE} Speech recognition", arxiv="2503.09999", announced="2025-03-11",
                abstract=HOSTILE + "speech recognition",
            )  # fmt: skip
            old = make_record("Long ago", arxiv="1903.00001", announced="2019-03-11")
            add(library, [*papers(), hostile, old])
            yield library


def text(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def test_the_last_week_is_the_default(mapped, client):
    page = text(client, "/map")
    read(page)
    assert "46 papers in 3 topics, 6 March 2025 to 12 March 2025" in page
    for subject in SUBJECTS:
        assert f"<bdi>{subject}</bdi>" in page
    assert page.count("<svg xmlns") == 1
    assert "Long ago" not in page
    assert len(page) < 100_000


def test_a_search_is_mapped_with_its_filters(mapped, client):
    page = text(client, "/map?q=cat:cs.LG&since=2025-03-10&until=2025-03-11")
    assert "30 papers" in page
    assert 'href="?q=cat%3Acs.LG&amp;until=2025-03-11"' in page  # without the first filter
    assert "/search?q=cat%3Acs.LG&amp;since=2025-03-10&amp;until=2025-03-11" in page


def test_a_topic_lists_all_its_papers(mapped, client):
    page = text(client, "/map?topic=robot-grasping")
    read(page)
    assert page.count("<article") == 15
    assert "15 of 46 papers" in page
    text(client, "/map?topic=nothing", 404)


def test_points(mapped, client):
    found = json.loads(text(client, "/map/points"))
    columns = ("id", "title", "x", "y", "topic")
    assert {len(found[name]) for name in columns} == {46}
    assert {topic["name"] for topic in found["topics"]} == set(SUBJECTS)
    assert all(0 <= place <= 9999 for place in found["x"] + found["y"])
    largest = [n for n, topic in enumerate(found["topic"]) if topic == 0]
    assert len(largest) == found["topics"][0]["size"]
    assert all(found["topics"][0]["name"] in found["title"][n] for n in largest)
    assert client.get("/map/points")["Content-Type"].startswith("application/json")


def test_the_picture(mapped, client):
    answer = client.get("/map.svg?q=speech&width=99999999999999999999")
    assert answer["Content-Type"].startswith("image/svg+xml")
    assert ElementTree.fromstring(answer.content).attrib["width"] == "1600"
    dark, light = text(client, "/map.svg?theme=dark"), text(client, "/map.svg?width=-3")
    assert dark != light
    ElementTree.fromstring(dark)


def test_hostile_titles_stay_text(mapped, client):
    for address in ("/map", "/map?q=speech", "/map?q=" + "%3Cscript%3Ealert(1)", "/map?topic=<b>"):
        assert "<script>alert" not in client.get(address).content.decode()
    ElementTree.fromstring(client.get("/map.svg?q=%3C%2Fsvg%3E%26speech").content)


def test_few_papers_are_listed(mapped, client):
    page = text(client, "/map?q=date:2019")
    read(page)
    assert "1 paper is too few for a map" in page
    assert "Long ago" in page
    assert "<svg xmlns" not in page
    assert json.loads(text(client, "/map/points?q=date:2019"))["topics"] == []
    ElementTree.fromstring(text(client, "/map.svg?q=date:2019"))


def test_nothing_found(mapped, client):
    for address in ("/map?q=date:1950", "/map?q=)", "/map?category=no.CAT"):
        page = text(client, address)
        read(page)
        assert "Nothing here matches" in page
    assert "This parenthesis was never opened" in text(client, "/map?q=)")


def test_a_wrong_date_is_told(mapped, client):
    page = text(client, "/map?since=yesterday")
    assert "is not a day such as" in page
    text(client, "/map/points?since=yesterday", 404)
    text(client, "/map.svg?since=yesterday", 404)


def test_maps_being_drawn_are_waited_for_and_then_told(mapped, client, monkeypatch):
    def busy(*_):
        raise store.Busy("Other maps are being drawn.")

    monkeypatch.setattr(store.Store, "drawing", busy)
    page = text(client, "/map?q=speech", 503)
    assert "Other maps are being drawn" in page
    assert client.get("/map?q=speech")["Retry-After"]
    text(client, "/map/points", 503)
    text(client, "/map.svg", 503)


@pytest.mark.parametrize(
    "address", ["/map", "/map?q=speech", "/map/points", "/map.svg", "/map?topic=robot-grasping"]
)
def test_queries_are_few(mapped, client, address):
    assert queries(client, address) <= 5


def test_a_map_is_drawn_once(mapped, client, monkeypatch):
    client.get("/map")
    monkeypatch.setattr("papertide.topics.drawing.draw", lambda *_: pytest.fail("drawn again"))
    text(client, "/map")
    text(client, "/map/points")
    vars(mapped).pop("_maps")  # as a process that begins
    text(client, "/map")


def test_a_search_has_more_than_a_map(mapped, client, monkeypatch):
    monkeypatch.setattr("papertide.site.catalog.map_views.BEST", 20)
    page = text(client, "/map?q=speech+robot+graph")
    assert "These are the best 20 of 46 papers" in page
    assert 'href="?q=speech+robot+graph&amp;most=5000"' in page
    assert "46 papers" in text(client, "/map?q=speech+robot+graph&most=5000")


def test_pages_lead_to_maps(mapped, client):
    assert 'href="/map?q=speech"' in text(client, "/search?q=speech")
    assert 'href="/map?since=2025-03-11&amp;until=2025-03-11"' in text(client, "/day/2025-03-11")
    assert "Disallow: /map" in text(client, "/robots.txt")


def test_the_library_answers_with_a_map(mapped):
    found = mapped.topic_map("cat:cs.LG", most=30)
    assert (len(found.papers), found.total) == (30, 45)
    assert found.topic("graph-kernels") >= 0
    assert found.topic("nothing") == -1
    assert "Graph kernels" in repr(found)
    ElementTree.fromstring(found.svg(500, caption="All"))
    assert mapped.topic_map("cat:cs.LG", most=FEWEST - 1).few
