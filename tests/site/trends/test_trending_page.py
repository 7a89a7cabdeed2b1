"""The page of what is rising: windows, reasons, empty states, bounds."""

import pytest

from tests.site.helpers import queries, read

ON = "/trending?on=2025-03-18"


def get(client, address):
    response = client.get(address)
    assert response.status_code == 200
    text = response.content.decode()
    read(text)
    return text


def test_hot_papers_with_reasons(site, client):
    text = get(client, ON)
    assert "60 papers listed, voted for or discussed in this time" in text
    assert text.index("Listed number 1 of many") < text.index("Listed number 2 of many")
    assert text.count("Why is this here?") == text.count('<article class="card') == 20
    assert "60 votes, 1 day ago, add" in text
    assert "1 comment, 1 day ago, add" in text
    assert '<a href="/trending" aria-current="page">Rising</a>' in text
    assert "Page 1 of 3" in text
    last = get(client, ON + "&page=99")
    assert "There is no page 99" in last
    assert "Listed number 60 of many" in last
    assert "window=week&amp;on=2025-03-18&amp;page=2" in last


def test_few_queries_and_not_too_large(site, client):
    for address in (ON, ON + "&window=month&page=3", "/trending"):
        assert queries(client, address) <= 5
        assert len(client.get(address).content) < 100_000
    # A reader who saved papers costs a fixed number more.
    client.post("/saved", {"save": "2503.00001"}, headers={"sec-fetch-site": "same-origin"})
    assert queries(client, ON) <= 10


def test_a_window_without_papers_leads_to_one_that_has_some(site, client):
    text = get(client, "/trending?window=day")
    assert "Nothing was listed, voted for or discussed in this time" in text
    assert "?window=day&amp;on=2025-03-18" in text
    assert "60 papers" in get(client, "/trending?window=day&on=2025-03-18")
    assert "Nothing can rise yet" in get(client, "/trending?on=1999-01-01")


@pytest.mark.parametrize("asked", ["window=year", "window=", "window=%00", "on=", "page=x"])
def test_what_is_no_choice_is_the_default(site, client, asked):
    assert 'aria-current="true">A week</a>' in get(client, f"/trending?{asked}")


@pytest.mark.parametrize("on", ["yesterday", "2025-02-30", "%00", "2025-03", "9" * 5000])
def test_what_is_no_day_is_not_found(site, client, on):
    assert client.get(f"/trending?on={on}").status_code == 404


def test_changing_it_is_not_allowed(site, client):
    assert client.post("/trending").status_code == 405
