"""Papers of some days and lists, for the API's tests."""

from urllib.parse import urlencode

from papertide.papers import Link, ListingPlace, Paper, Record
from tests.fixtures import make_record
from tests.site.helpers import HOSTILE

FACTS = {
    "ai_summary": "It reads.", "keywords": ["reading", "writing"], "organization": "A Lab",
    "organization_name": "a-lab", "submitter": "ada", "submitter_name": "Ada L.",
    "submitted": "2025-03-18T02:06:34.388Z", "published": "2025-03-16T17:34:15.000Z",
    "discussion": "66540321d200a2ecdf784ffe", "stars": 0, "as_of": "2025-03-18",
}  # fmt: skip
DAILY, SEARCH = "/api/daily_papers", "/api/papers/search"
LISTED, UNLISTED = "2025-03-18", "2025-03-25"  # days, in two weeks


def listed(number: int, day: str, votes: int | None, **fields) -> Record:
    place = ListingPlace(
        key=f"huggingface:{day}", source="huggingface", title="Hugging Face Daily Papers",
        date=day, position=number, votes=votes, comments=number,
    )  # fmt: skip
    fields.setdefault("published", "2025-03-16")
    return make_record(
        f"Listed as number {number} of {day}", arxiv=f"2503.{day[-2:]}{number:03}",
        source="huggingface", as_of=day, listing=place, announced=day, **fields,
    )  # fmt: skip


def records() -> list[Record]:
    """Two days with lists, one without; what is hard to show, and what is no paper any more."""
    links = [Link("code", "https://gitlab.com/a/b"), Link("code", "https://github.com/a/b"),
             Link("project", "https://a.example/")]  # fmt: skip
    whole = listed(1, LISTED, 5, links=links, extra={"huggingface": FACTS})
    forged = {"huggingface": {"stars": "many", "submitted": "yesterday", "submitter": ["x"]}}
    others = [
        listed(2, LISTED, 7), listed(3, LISTED, None),
        listed(1, "2025-03-17", 50), listed(2, "2025-03-17", 0),
    ]  # fmt: skip
    elsewhere = ListingPlace(key="page:1", source="saved-page", title="A page", position=1, votes=9)
    own = [
        make_record(f"Announced only, number {n}", arxiv=f"2503.{n:05}", announced=UNLISTED)
        for n in range(30001, 30061)
    ]  # fmt: skip
    own[3].listing = elsewhere
    special = [
        make_record("Not listed", arxiv="2503.18999", announced=LISTED),
        make_record("Known by its title", published="2017", source="papertide", abstract="",
                    description="Words of ours."),
        make_record("An old one", arxiv="cs/9902027", published="1999-02-16"),
        make_record("It has a DOI", identities=["doi:10.1000/x.y"], published="2024-01-01"),
        make_record(HOSTILE, arxiv="2402.00001", abstract=f"{HOSTILE} $a<b$", authors=[HOSTILE],
                    extra=forged),
        make_record("Gone", arxiv="2402.00009", status="removed"),
        Record(paper=Paper(title="First seen without an id"), source="saved-page"),
        make_record("First seen without an id", arxiv="2402.00003", authors=[]),
    ]  # fmt: skip
    return [whole, *others, *own, *special]


def rows(client, address=DAILY, **asked) -> list[dict]:
    response = client.get(f"{address}?{urlencode(asked)}")
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json; charset=utf-8"
    return response.json()


def ids(client, address=DAILY, **asked) -> list[str]:
    return [row["paper"]["id"] for row in rows(client, address, **asked)]
