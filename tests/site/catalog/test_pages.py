"""Days, listings, papers, authors, categories, errors: what each page shows, and at what cost."""

import datetime
import html
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import DatabaseError
from django.test import Client

import papertide
from papertide.papers import shown_date
from papertide.search.engine import SearchUnavailable
from papertide.site.catalog import services, views
from papertide.site.catalog.templatetags.papers import ago, when
from tests.site.helpers import HOSTILE, queries, read

TEMPLATES = Path(papertide.__file__).parent / "site" / "templates"
DAILY = "/listing/huggingface-2025-03-18"
EVERY_PAGE = [
    "/", "/?page=2", "/day/2025-03-18", "/day/2024-05-05", "/search", "/search?q=paper",
    "/search?q=zzzz", "/papers/2401.00001", "/papers/cs/9902027", "/papers/2402.00001",
    "/listings", DAILY, "/author/grace-hopper", "/author/jose-nandu",
    "/category/cs.LG", "/trending", "/trending?on=2025-03-18&window=day&page=2",
]  # fmt: skip

@pytest.mark.parametrize("address", EVERY_PAGE)
def test_every_page(site, client, address):
    response = client.get(address)
    text = response.content.decode()
    assert response.status_code == 200
    assert len(response.content) < 100_000
    page = read(text)
    assert len(page.ids) == len(set(page.ids))
    assert not {name for name in page.attributes if name.startswith("on") or name == "style"}
    assert '<html lang="en">' in text
    assert text.count("<h1") == text.count("<main") == text.count('role="search"') == 1
    assert re.search(r"<title>[^<]*Papertide</title>", text)
    assert 'name="viewport"' in text
    assert 'href="#main"' in text
    assert 'name="description"' in text
    for tag, link in page.links:
        if tag == "a":
            assert link["href"].startswith(("/", "?", "#", "https://", "mailto:?"))
            assert ("rel" in link) or not link["href"].startswith("https:")
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert not response.cookies
    assert client.head(address).status_code == 200
    for method in (client.post, client.put, client.delete):
        assert method(address).status_code == 405


def test_static_files_exist():
    names = re.findall(r"{% static '([^']+)' %}", (TEMPLATES / "base.html").read_text())
    for name in ("papertide/icons.svg", *names):
        assert finders.find(name)


def test_links_between_pages_lead_somewhere(site, client):
    for address in ("/", "/papers/2401.00001", "/papers/2402.00001", "/listings", "/search?q=ids"):
        text = client.get(address).content.decode()
        inner = {link["href"] for tag, link in read(text).links
                 if tag == "a" and link["href"].startswith("/")}  # fmt: skip
        for target in inner:
            assert client.get(html.unescape(target), follow=True).status_code == 200, target


# --- days ------------------------------------------------------------------------------------


def test_home_is_the_latest_day(site, client):
    text = client.get("/").content.decode()
    assert "Tuesday, 18 March 2025" in text
    assert "60 papers" in text
    assert text.count("<article") == 50
    assert 'href="/day/2024-01-03"' in text
    assert "Nothing later" in text
    assert f'href="{DAILY}"' in text
    assert 'href="?page=2"' in text
    assert 'aria-current="page"' in text


def test_a_day_without_papers_links_to_its_neighbours(site, client):
    text = client.get("/day/2024-05-05").content.decode()
    assert "No papers on this day" in text
    assert 'href="/day/2024-01-03"' in text
    assert 'href="/day/2025-03-18"' in text


@pytest.mark.parametrize(
    "address",
    ["/day/2025-02-30", "/day/0000-01-01", "/day/20250318", "/day/today", "/day/2025-W12-2",
     "/day/٢٠٢٥-٠٣-١٨", "/day?date=soon", "/papers/9999.99999", "/papers/no\0such",
     "/papers/none.bib", "/listing/none", "/author/nobody", "/author/no\0body", "/category/cs.XX",
     "/category/a\0", "/nothing", "/papers/", "/papers/" + "x" * 3000],
)  # fmt: skip
def test_not_found(site, client, address):
    response = client.get(address.replace("\0", "%00"))
    assert response.status_code == 404
    read(response.content.decode())
    assert "Not found" in response.content.decode()


def test_a_category_of_a_day(site, client):
    text = client.get("/day/2025-03-18").content.decode()
    assert re.search(r'href="\?category=cs.CL"[^>]*><bdi>cs.CL</bdi></a> .*>60<', text)
    chosen = client.get("/day/2025-03-18?category=cs.CL&page=2").content.decode()
    assert "60 of 60 papers" in chosen
    assert 'href="?category=cs.CL&amp;page=1"' in chosen
    assert 'aria-current="true"><bdi>cs.CL</bdi>' in chosen
    for code in ("cs.XX", "%00", "%3Ci%3E", "x" * 500):
        answer = client.get(f"/day/2025-03-18?category={code}")
        assert answer.status_code == 200
        assert "<i>" not in answer.content.decode()


def test_dates_are_told_both_ways(site, client):
    today = datetime.datetime.now(datetime.UTC).date()
    for days, shown in ((0, "today"), (1, "yesterday"), (3, "3 days ago")):
        day = str(today - datetime.timedelta(days))
        assert f'title="{shown_date(day)}">{shown}</time>' in when(day)
    assert re.search(r'title="\d+ years ago">2 January 2014<', when("2014-01-02"))
    assert when("2999-01-01") == '<time datetime="2999-01-01">1 January 2999</time>'
    assert when("--03-17") == '<time datetime="--03-17">Mar 17</time>'
    assert when("") == ago("2025-03") == ""


def test_going_to_a_day(site, client):
    assert client.get("/day?date=2025-03-18")["Location"] == "/day/2025-03-18"
    assert client.get("/day")["Location"] == "/"


@pytest.mark.parametrize("page", ["", "0", "-1", "x", "1.5", "²", "٣", "%00", "1" * 5])
@pytest.mark.parametrize(
    "address", ["/?", DAILY + "?", "/author/grace-hopper?",
                "/category/cs.LG?", "/search?q=listed&"],
)  # fmt: skip
def test_page_numbers(site, client, address, page):
    text = client.get(f"{address}page={page}").content.decode()
    pages = re.search(r"Page (\d+) of (\d+)", text)
    assert pages[1] == (pages[2] if page == "11111" else "1")
    assert text.count("<article") > 0


def test_pages_do_not_overlap_and_hold_everything(site, client):
    for address in ("/", DAILY, "/author/grace-hopper",
                    "/category/cs.LG"):  # fmt: skip
        pages = [client.get(f"{address}?page={n}").content.decode() for n in (1, 2)]
        found = [re.findall(r'<a href="(/papers/[^"]+)"', page) for page in pages]
        assert len(found[0]) == 50
        assert len({*found[0], *found[1]}) == 60


# --- listings --------------------------------------------------------------------------------


def test_listing(site, client):
    text = client.get(DAILY).content.decode()
    assert "Daily" in text
    assert "60 papers" in text
    assert "60 votes" in text
    assert "1 vote<" in client.get(DAILY + "?page=2").content.decode()
    assert text.index("Listed number 1 of") < text.index("Listed number 2 of")
    assert '<li value="51">' in client.get(DAILY + "?page=2").content.decode()
    listings = client.get("/listings").content.decode()
    assert "Hugging Face Daily Papers" in listings
    assert "60 papers" in listings


# --- papers ----------------------------------------------------------------------------------


def test_paper(site, client):
    text = client.get("/papers/2401.00001").content.decode()
    for expected in (
        'The whole paper with <math alttext="x_1"><msub><mi>x</mi><mn>1</mn></msub></math> and',
        " 100% of everything</h1>",
        "<title>The whole paper with x_1 and 100% of everything",
        '<a href="/author/ada-lovelace"><bdi>Ada Lovelace</bdi></a>',
        '<a href="/author/%E6%9D%8E-%E6%98%8E">',
        '<time datetime="2024-01-02" title="',
        ">2 January 2024</time>",
        '<a href="/category/cs.AI" title="Artificial Intelligence">',
        "We study the whole paper",
        "Papertide’s description, not the abstract",
        'href="https://arxiv.org/abs/2401.00001" rel="noopener noreferrer"',
        'href="https://arxiv.org/pdf/2401.00001"',
        'href="https://doi.org/10.1000/x%23y%3Fz"',
        'href="https://example.org/code"',
        "Code at example.org",
        "Journal of R&amp;D",
        "12 pages &amp; a figure",
        "https://creativecommons.org/licenses/by/4.0/",
        "<li>v2, <time",
        "Where this comes from",
        "arXiv, 18 March 2025",
        "@article{lovelace2024whole",
    ):
        assert expected in text, expected
    assert "javascript:" not in text
    assert "Daily</bdi>" in client.get("/papers/2503.00007").content.decode()
    assert "54 votes<" in client.get("/papers/2503.00007").content.decode()


@pytest.mark.parametrize(
    ("identifier", "date"),
    [("1703.00005", "March 2017"), ("cs/9902027", "16 February 1999")],
)
def test_partial_dates(site, client, identifier, date):
    assert f">{date}</time>" in client.get(f"/papers/{identifier}").content.decode()


def test_a_year_alone(site, client):
    hit = re.search(r'href="(/papers/only-a-year[^"]*)"',
                    client.get("/search?q=only+a+year").content.decode())  # fmt: skip
    text = client.get(hit[1]).content.decode()
    assert '<time datetime="2017">2017</time>' in text


def test_earlier_ids_and_other_names_redirect(site, client):
    before = services.Redirect.objects.get().public_id
    for address, there in (
        (f"/papers/{before}", "/papers/2402.00003"),
        (f"/papers/{before}.bib", "/papers/2402.00003.bib"),
        ("/papers/2401.00001v2", "/papers/2401.00001"),
        ("/papers/10.1000/x%23y%3Fz", "/papers/2401.00001"),
        ("/papers/https://arxiv.org/abs/2401.00001", "/papers/2401.00001"),
    ):
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (301, there)
        assert client.get(there).status_code == 200


def test_bibtex_file(site, client):
    response = client.get("/papers/cs/9902027.bib")
    assert response["Content-Type"] == "text/x-bibtex; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="cs-9902027.bib"'
    assert response.content.startswith(b"@misc{lovelace1999semantics,")


def test_hostile_text_is_text(site, client):
    for address in (
        "/papers/2402.00001", "/day/2024-01-03", "/search?q=alert+evil",
        "/author/script-alert-1-script-evil-b-bold-b", "/category/%3Ci%3E/x",
    ):  # fmt: skip
        response = client.get(address)
        assert response.status_code == 200, address
        text = response.content.decode()
        read(text)
        assert "<script>" not in text
        assert "<b>" not in text
        assert "<i>" not in text
        assert "&lt;script&gt;" in re.sub("</?mark>", "", text)
    reflected = client.get("/search", {"q": HOSTILE, "source": HOSTILE, "since": HOSTILE,
                                       "category": HOSTILE})  # fmt: skip
    read(reflected.content.decode())
    assert b"<script>" not in reflected.content


def test_thousands_of_authors(site, client):
    response = client.get("/papers/2402.00002")
    assert len(response.content) < 40_000
    assert b"and 2,990 more" in response.content
    assert b"and 2,900 more" in response.content
    whole = client.get("/papers/2402.00002?authors=all").content
    assert b">Person 2999<" in whole
    assert b"and 2,900 more" not in whole
    assert b"and others" in response.content
    assert client.get("/papers/2402.00002.bib").content.count(b" and ") == 2999
    assert b"+2,990 more" in client.get("/day/2024-01-03").content


# --- what pages cost -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("few", "many", "expected"),
    [
        ("/day/1999-02-16", "/day/2025-03-18", 6),
        ("/?page=2", "/", 7),
        ("/search?q=semantics", "/search?q=listed", 2),
        ("/search?q=ids&category=cs.XX", "/search", 0),
        (DAILY + "?page=2", DAILY, 6),
        ("/author/jose-nandu?page=2", "/author/jose-nandu", 7),
        ("/category/cs.AI", "/category/cs.LG", 2),
        ("/papers/cs/9902027", "/papers/2402.00002", 8),
        ("/listings", "/listings", 1),
    ],
)
def test_queries_do_not_grow_with_rows(site, client, few, many, expected):
    assert (queries(client, few), queries(client, many)) == (expected, expected)


# --- when things are broken ------------------------------------------------------------------


def test_healthz(site, client, monkeypatch):
    response = client.get("/healthz")
    assert response.json() == {"status": "ok", "papers": 67, "indexed": 67, "behind": 0}
    assert "no-store" in response["Cache-Control"]

    errors = [(SearchUnavailable("broken"), "index"), (DatabaseError("gone"), "database")]
    for error, part in errors:
        def fail(self, error=error):
            raise error

        monkeypatch.setattr(type(site), "index_status", fail)
        response = client.get("/healthz")
        assert response.status_code == 503
        assert part in response.json()["status"]


def test_an_unforeseen_error(site, files, monkeypatch):
    def fail():
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(views, "open_library", fail)
    monkeypatch.setattr(views, "static", lambda name: fail())
    response = Client(SERVER_NAME="localhost", raise_request_exception=False).get("/listings")
    assert response.status_code == 500
    assert "Something went wrong" in response.content.decode()
    assert "unforeseen" not in response.content.decode()
    read(response.content.decode())


def test_a_host_we_do_not_answer_to(site, files):
    response = Client(SERVER_NAME="evil.example").get("/")
    assert response.status_code == 400
    assert "Bad request" in response.content.decode()


def test_robots(site, client):
    response = client.get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    assert b"Disallow: /search" in response.content
