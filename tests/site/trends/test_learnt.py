"""What was learnt, on the page of what is rising: forecasts, topics, plots; all of it safe."""

import html

import msgspec

from papertide.papers import ListingPlace
from papertide.trending import FILE, Learnt
from papertide.trends.forecast import Forecast
from papertide.trends.topics import Growth, Topic
from tests.fixtures import make_record
from tests.site.helpers import HOSTILE, add
from tests.site.trends.test_trending_page import ON, get


def test_forecasts_and_topics(library, client):
    place = ListingPlace(key="d", source="huggingface", title="Daily", date="2025-03-18",
                         position=1, votes=7)  # fmt: skip
    add(library, [make_record(HOSTILE, arxiv="2503.00001", authors=[HOSTILE], listing=place)])
    [one] = library.trending("week", on=library.trending("week").latest).papers
    learnt = Learnt(
        forecasts={one.paper.id: Forecast(1234, 3, 5000, (("who submitted it", 1.5),))},
        papers=4000, days=90, until=one.paper.day or None, reason="",
        growth=Growth(
            weeks=3, papers=900, looked=40,
            topics=(
                Topic(phrase=HOSTILE, papers=30, shares=(0.01, 0.02, 0.03), weekly=1.2,
                      ahead=((0.02, 0.03, 0.05),)),
                Topic(phrase="plain", papers=30, shares=(0.01,), weekly=1.2),
            ),
        ),
    )  # fmt: skip
    (library.folder / FILE).write_bytes(msgspec.json.encode(learnt))
    text = get(client, ON)
    assert "Forecast: 1,234 votes" in text
    assert "(3 to 5,000)" in text
    assert "who submitted it (×1.50)" in text
    assert "<title>Forecast: 1,234 votes, 80% interval 3 to 5,000</title>" in text
    assert "Learnt from 4,000 papers with votes of 90 days" in text
    assert "2.0% of papers, then 2.0%; in 1 week 2.0 to 5.0%" in text
    assert text.count('class="plot spark"') == 2
    assert "<script>alert" not in text
    assert html.escape("<b>bold</b>") in text


def test_an_empty_library(library, client):
    text = get(client, "/trending")
    assert "Nothing can rise yet" in text
    assert "Nothing was learnt from votes yet" in text
    assert "Nothing was counted yet" in text
    assert "<svg class=\"plot" not in text
