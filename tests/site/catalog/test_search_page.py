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


# --- more than a list -------------------------------------------------------------------------


def _links(text: str, title: str) -> dict[str, str]:
    """The values of a facet and the addresses they lead to."""
    section = re.search(rf'<h2 id="facet-\w+">{title}</h2>(.*?)</section>', text, re.DOTALL)[1]
    found = re.findall(r'<a href="([^"]*)"[^>]*><bdi>([^<]*)</bdi>.*?"count">([\d,]+)', section)
    return {f"{label} {count}": unescape(address) for address, label, count in found}


def test_facets_lead_to_so_many_papers(site, client):
    text = get(client, q="listed", category="cs.LG")
    assert set(_links(text, "Year")) == {"2025 60"}
    assert set(_links(text, "Category")) == {"cs.CL 60", "cs.LG 60"}
    year = client.get(_links(text, "Year")["2025 60"]).content.decode()
    assert "60 papers" in year
    assert '<bdi>2025</bdi>' in year  # one chip, not two days
    assert 'value="2025-01-01"' in year
    chosen = _links(year, "Year")["2025 60"]
    assert "since" not in chosen
    assert "category=cs.LG" in chosen  # choosing again takes only this one off
    both = client.get(_links(text, "Category")["cs.CL 60"]).content.decode()
    assert 'value="cs.LG cs.CL"' in both


def test_what_papers_have_is_a_filter_too(site, client):
    text = get(client, category="cs.AI cs.LG")
    [address] = [a for label, a in _links(text, "With").items() if label.startswith("code")]
    assert "has=code" in address
    narrowed = client.get(address).content.decode()
    assert len(titles(narrowed)) == 1
    assert "<bdi>with code</bdi>" in narrowed
    assert '<input form="search" type="hidden" name="has" value="code">' in narrowed
    assert client.get("/search?q=paper&has=<b>").status_code == 200


def test_numbers_wait_while_one_types(site, client):
    text = typed(client, {"q": "listed"}, "/search?q=l").content.decode()
    assert "facet-" not in text
    address = unescape(re.search(r'hx-get="(/search/facets[^"]*)" hx-trigger="load', text)[1])
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "<title" not in part
    assert set(_links(part, "Source")) == {"Hugging Face Daily Papers 60"} or "60" in part
    whole = client.get(address).content.decode()
    assert "<h1>Narrow" in whole
    assert client.get("/search/facets").status_code == 200


def test_orders_by_votes_and_what_rises(site, client):
    text = get(client, q="listed", sort="votes")
    assert titles(text)[:2] == ["Listed number 1 of many", "Listed number 2 of many"]
    assert "most votes first" in text
    assert "data-votes>60<" in text
    assert "rising first" in get(client, q="listed", sort="rising")
    assert "best first" in get(client, q="listed", sort="nonsense")
    following = re.search(r'rel="next" href="([^"]*)"', text)[1]
    assert "sort=votes" in following


def test_why_a_paper_was_found(site, client):
    text = get(client, q="semantics of ids")
    assert 'hx-get="/search/why?paper=cs%2F9902027"' in text
    assert '<button form="search" formaction="/search/why"' in text  # where there are no scripts
    part = client.get("/search/why?q=semantics+of+ids&paper=cs/9902027",
                      headers={"HX-Request": "true"}).content.decode()  # fmt: skip
    assert "Semantics, ids in the title" in part
    assert '<meter min="0"' in part
    assert "<html" not in part
    whole = client.get("/search/why?q=semantics&paper=cs/9902027").content.decode()
    assert "Back to the papers" in whole
    assert client.get("/search/why?q=semantics&paper=none").status_code == 404
    assert client.get("/search/why").status_code == 404
    assert "Why this?" not in get(client, category="cs.LG")  # conditions alone have no reasons


def test_a_misspelt_word_is_asked_about(site, client):
    text = get(client, q="listed numbr")
    assert re.search(r'Did you mean <a href="\?q=listed\+number"><bdi>listed number</bdi>', text)
    assert 'value="listed numbr"' in text
    assert "Did you mean" not in get(client, q="listed number")


def test_where_nothing_is_found_another_spelling_is(site, client):
    text = get(client, q="ti:listd")
    assert "60 papers for <q" in text
    assert "Nothing is found for" in text
    assert "as-typed=1" in text
    typed = get(client, **{"q": "ti:listd", "as-typed": "1"})
    assert "No papers" in typed
    assert "Did you mean" in typed


def test_which_condition_could_go(site, client):
    text = get(client, q="semantics -number", category="cs.AI", since="1990-01-01")
    assert "Without one of these there are papers" in text
    found = re.findall(r'<a href="([^"]*)">without <bdi>([^<]*)</bdi></a>: (\d+) paper', text)
    assert {words: int(count) for _, words, count in found} == {"cs.AI": 1, "any filter": 1,
                                                               "semantics": 1}  # fmt: skip
    for address, _, count in found:
        shown = client.get("/search" + unescape(address)).content.decode()
        assert f"{count} paper" in shown


def test_a_search_takes_as_many_queries_whatever_it_counts(site, client):
    plain = queries(client, "/search?q=listed")
    assert queries(client, "/search?q=listed&category=cs.LG&has=abstract&since=2025-01-01") == plain
    assert queries(client, "/search?q=listed&sort=votes") == plain
