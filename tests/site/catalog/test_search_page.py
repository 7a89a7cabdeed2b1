"""The search page: results, filters, and everything one may type into an address."""

import pkgutil
import re
from html import unescape
from importlib import import_module

import pytest
from django.utils.html import escape

from papertide import sources
from papertide.search.examples import EXAMPLES
from papertide.search.lexical import MAX_OFFSET
from papertide.search.query import parse
from papertide.site.catalog import views
from papertide.sources.names import SOURCES
from tests.site.helpers import queries


def get(client, **query) -> str:
    response = client.get("/search", query)
    assert response.status_code == 200
    return response.content.decode()


def titles(text: str) -> list[str]:
    found = re.findall(r'<h2><a href="/papers/[^"]*"><bdi>(.*?)</bdi>', text)
    formulas = [re.sub('<math alttext="([^"]*)">.*?</math>', r"\1", title) for title in found]
    return [re.sub("</?mark>", "", title) for title in formulas]


def test_results(site, client):
    text = get(client, q="semantics")
    assert titles(text) == ["Semantics of old ids"]
    assert "<mark>Semantics</mark> of old ids" in text
    assert "We study <mark>semantics</mark>" in text
    assert re.search(r"1 paper for <q", text)
    assert re.search(r"found in \d+\.\d ms", text)
    assert "16 February 1999" in text
    assert 'value="semantics"' in text
    assert "Page" not in text


def test_every_source_can_be_chosen(site, client):
    held = [import_module(f"papertide.sources.{m.name}") for m in pkgutil.iter_modules(
        sources.__path__)]  # fmt: skip
    names = {name for module in held for name in getattr(module, "NAMES", ())}
    assert names | {module.NAME for module in held if hasattr(module, "NAME")} == set(SOURCES)
    offered = re.findall(r'<option value="([a-z-]+)">([^<]+)', get(client, q="paper"))
    assert dict(offered) == SOURCES


def test_pages_of_results_keep_the_form(site, client):
    text = get(client, q="listed", category="cs.CL cs.LG", sort="date", since="2025-01-01")
    assert "60 papers" in text
    assert "Page 1 of 3" in text
    following = re.search(r'rel="next" href="([^"]*)"', text)[1].replace("&amp;", "&")
    second = client.get("/search" + following).content.decode()
    assert "Page 2 of 3" in second
    assert "21 to 40, newest first" in second
    assert not set(titles(text)) & set(titles(second))
    for field in ('value="listed"', 'value="cs.CL cs.LG"', 'value="2025-01-01"'):
        assert field in second


def test_filters(site, client):
    assert titles(get(client, category="cs.AI")) == [
        "The whole paper with x_1 and 100% of everything"
    ]
    assert titles(get(client, source="papertide")) == ["Only a year"]
    assert len(titles(get(client, q="", until="2000-01-01"))) == 1
    assert "No papers" in get(client, q="semantics", category="cs.AI")
    assert "search without the filters" in get(client, q="semantics", category="cs.AI")
    two = client.get("/search?category=cs.AI&category=cs.LG").content.decode()
    assert "61 papers" in two


@pytest.mark.parametrize(
    "date", ["yesterday", "2025-13-01", "18.03.2025", "2025-3-1", "<b>", "9" * 99]
)
def test_a_wrong_date_is_told_at_its_field(site, client, date):
    text = get(client, q="paper", since=date)
    assert 'aria-invalid="true" aria-describedby="since-error"' in text
    assert "is not a day such as 2025-03-17" in text
    assert not titles(text)
    assert 'value="paper"' in text


def test_dates_the_wrong_way_round(site, client):
    text = get(client, q="paper", since="2025-01-02", until="2025-01-01")
    assert "This day is before the first one." in text
    assert 'id="until-error"' in text


def test_nothing_asked_nothing_found(site, client):
    assert "Type what you look for" in get(client)
    assert "Type what you look for" in get(client, q="   ")
    assert "Nothing here matches" in get(client, q="zzzzzz")


@pytest.mark.parametrize(
    "text",
    ["\0", "a\0b", "\ud7ff", "\u202e", '"', '""', '"""', "10.1000/\0x", "10.1000/<x>", "AND OR NOT",
     "title:x", "(", "*", "\\", "%", "'; DROP TABLE papers", "the", "a" * 10_000, "語" * 2500,
     "x " * 3000, "🙂", "arXiv:2401.00001v1", "'" * 3000],
)  # fmt: skip
def test_whatever_is_typed(site, client, text):
    page = get(client, q=text, category=text, source=text)
    assert len(page) < 250_000
    get(client, q=text)
    assert client.get("/search", {"q": text, "page": text}).status_code == 200


def test_bytes_that_are_no_text(site, client):
    assert client.get("/search?q=%ff%fe&category=%80&page=%ff").status_code == 200


def test_a_long_query_stays_in_the_form(site, client):
    text = "semantics " * 199 + "of ids"
    page = get(client, q=text)
    assert f'value="{text}"' in page
    assert len(page) < 60_000


def test_lists_end_somewhere(site, client, monkeypatch):
    """Beyond the last row that is shown, the page says so instead of searching on."""
    asked = []

    def search(self, text, limit=20, *, offset=0, **_):
        asked.append(offset)
        found = real(self, "semantics", 1)
        found.total = 50_000
        return found

    real = type(site).search
    monkeypatch.setattr(type(site), "search", search)
    last = MAX_OFFSET // views.HITS_PER_PAGE + 1
    text = get(client, q="listed", page="999999999999")
    assert asked == [MAX_OFFSET]
    assert f"Page {last} of {last}" in text
    assert "There is no page 999,999,999: this is the last one." in text
    assert "the first 10,020 of 50,000 papers" in text
    assert 'rel="next"' not in text
    assert "shown no further" not in get(client, q="listed", page=str(last - 1))


def test_an_id_takes_few_queries(site, client):
    assert queries(client, "/search?q=2401.00001") <= 5
    assert queries(client, "/search?q=10.9999/none") <= 5


# --- the query language ----------------------------------------------------------------------


def test_a_mistake_is_pointed_at_and_the_rest_is_found(site, client):
    text = get(client, q="semantics date:nonsense")
    assert titles(text) == ["Semantics of old ids"]
    assert "date: wants 2024" in text
    assert "<code>semantics date:nonsense\n               ^</code>" in text
    assert 'class="mistakes"' not in get(client, q="semantics date:1999")
    hostile = get(client, q='<script>alert(1)</script> "')
    assert "<script>alert" not in hostile
    assert "never closed" in hostile


def test_what_nothing_is_understood_of_finds_nothing(site, client):
    text = get(client, q="date:nonsense")
    assert "No papers" in text
    assert "date: wants 2024" in text
    assert len(titles(get(client, q="date:nonsense", source="papertide"))) == 1


def test_conditions_are_typed_or_chosen(site, client):
    chosen = titles(get(client, category="cs.AI"))
    assert titles(get(client, q="cat:cs.ai")) == chosen
    assert titles(get(client, q="cat:cs.LG OR cat:cs.AI", category="cs.AI")) == chosen
    assert "newest first" in get(client, q="cat:cs.LG -semantics")
    assert "best first" in get(client, q="cat:cs.LG listed")
    assert "61 papers" in get(client, q="cat:cs.* -semantics date:2024..")
    assert "10 papers" in get(client, q="votes:>50")
    assert "50 papers" in get(client, q="votes:1..50 cat:cs.LG")


def test_what_a_search_can_say_is_shown_by_example(site, client):
    text = get(client)
    for query, _ in EXAMPLES:
        assert parse(query).mistakes == ()
        address = re.search(rf'href="([^"]*)"><kbd>{re.escape(escape(query))}</kbd>', text)[1]
        shown = client.get("/search" + unescape(address)).content.decode()
        assert f'value="{escape(query)}"' in shown


# --- as one types ----------------------------------------------------------------------------


def typed(client, query, came_from):
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{came_from}"}
    return client.get("/search", query, headers=headers)


def test_a_part_of_the_page_for_htmx(site, client):
    answer = typed(client, {"q": "listed", "source": "", "since": ""}, "/")
    text = answer.content.decode()
    assert text.lstrip().startswith("<title>listed · Search")
    assert text.count("<article") == 20
    assert "<main" not in text
    assert 'role="search"' not in text
    assert answer["HX-Push-Url"] == "/search?q=listed"
    assert "HX-Request" in answer["Vary"]
    assert answer["Cache-Control"] == "no-store"  # never shown for the whole page
    assert "HX-Request" in client.get("/search?q=listed")["Vary"]


def test_typing_on_changes_the_address_in_place(site, client):
    filters = {"category": "cs.LG", "sort": "date"}
    before = "/search?q=lis&category=cs.LG&sort=date&page=2"
    answer = typed(client, {"q": "listed", **filters}, before)
    assert answer["HX-Replace-Url"] == "/search?q=listed&category=cs.LG&sort=date"
    narrowed = typed(client, {"q": "listed", **filters, "source": "arxiv"}, before)
    assert "source=arxiv" in narrowed["HX-Push-Url"]


def test_filters_in_force_can_be_taken_off_one_by_one(site, client):
    text = get(client, q="listed", category="cs.CL cs.LG", source="arxiv", since="2025-01-01")
    chips = re.findall(r'<a class="chip" href="([^"]*)">.*?<bdi>([^<]+)</bdi>', text)
    assert dict(map(reversed, chips)) == {
        "cs.CL": "?q=listed&amp;category=cs.LG&amp;source=arxiv&amp;since=2025-01-01",
        "cs.LG": "?q=listed&amp;category=cs.CL&amp;source=arxiv&amp;since=2025-01-01",
        "arXiv": "?q=listed&amp;category=cs.CL+cs.LG&amp;since=2025-01-01",
        "from 1 January 2025": "?q=listed&amp;category=cs.CL+cs.LG&amp;source=arxiv",
    }


def test_a_broken_header_breaks_nothing(site, client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://["}
    assert client.get("/search?q=listed", headers=headers).status_code == 200
