"""The pages of submissions and curators, for those with and without a role."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from papertide.site.accounts.models import AuditEntry, Limit
from papertide.site.curation.models import Draft, Pick, Submission
from tests.site.curation.conftest import BACKEND, entry, recent
from tests.site.helpers import HOSTILE, add, queries, read

ONE, TWO = "2511.00001", "2511.00002"


@pytest.fixture(scope="module")
def shelf(site):
    add(site, [recent(n) for n in range(1, 5)])
    site.publish_due(site.closes(site.open_day() - timedelta(days=1)))
    return site


@pytest.fixture
def signed_in(shelf, files):
    """A client of somebody with a role; all of it is gone afterwards."""
    made = []

    def make(handle: str, role: str = "reader", name: str = "") -> Client:
        user = get_user_model().objects.create(username=handle)
        user.account.role, user.account.name, user.account.about = role, name, name
        user.account.save()
        made.append(user)
        client = Client(SERVER_NAME="localhost")
        client.force_login(user, BACKEND)
        return client

    yield make
    for user in made:
        user.delete()
    Limit.objects.all().delete()
    AuditEntry.objects.all().delete()


def text(client, address, status=200, **data) -> str:
    answer = client.post(address, data) if data else client.get(address)
    assert answer.status_code == status, answer.status_code
    held = answer.content.decode()
    read(held)
    assert "<script>alert" not in held
    return held


def test_submitting_by_the_form(signed_in, client):
    reader, moderator = signed_in("reader"), signed_in("mo", "moderator")
    assert "arXiv id, DOI, link or title" in text(client, "/submit")
    assert client.get("/submissions").status_code == 302
    assert client.get("/submissions/review").status_code == 302
    assert reader.get("/submissions/review").status_code == 403
    assert "Nothing submitted yet" in text(reader, "/submissions")
    assert "Put an arXiv id" in text(reader, "/submit", 400, paper=" \0")
    answer = reader.post("/submit", {"paper": f"https://arxiv.org/abs/{ONE}"})
    assert answer.status_code == 302
    number = Submission.objects.get().pk
    assert answer.url == f"/submissions#s-{number}"
    reader.post("/submit", {"paper": ONE})
    assert Submission.objects.count() == 1
    assert "Waiting for a moderator" in text(reader, "/submissions")
    assert "Recent paper 1" in text(moderator, "/submissions/review")
    assert "Say why" in text(moderator, "/submissions/review", 400, id=number, do="decline")
    for wrong in ({"id": number, "do": "x"}, {"id": "9" * 18, "do": "accept"}, {"id": "x"}):
        assert moderator.post("/submissions/review", wrong).status_code == 404
    for _ in range(2):
        done = moderator.post("/submissions/review", {"id": number, "do": "accept"})
        assert done.status_code == 302
    assert AuditEntry.objects.filter(action="accept submission").count() == 1
    assert "In the edition of" in text(reader, "/submissions")
    assert "Nothing waits" in text(moderator, "/submissions/review")
    assert "/people/reader\"><bdi>@reader" in text(client, f"/papers/{ONE}")
    told = client.get(f"/api/papers/{ONE}").json()
    assert told["submittedOnDailyBy"] == {"user": "reader", "name": "reader"}
    assert told["submittedOnDailyAt"].endswith("Z")
    assert "more than 14 days ago" in text(reader, "/submit", 400, paper="2503.00001")
    assert 'href="/papers/2503.00001"' in text(reader, "/submit", 400, paper="2503.00001")
    Submission.objects.create(by_id=Submission.objects.get().by_id, name="arxiv:2511.07777",
                              state="waiting", note="arXiv did not answer in time.",
                              at=Submission.objects.get().at, again=Submission.objects.get().at)
    assert "arXiv did not answer in time. It is asked again" in text(reader, "/submissions")


def test_what_its_source_told_is_shown_to_moderators(signed_in, arxiv):
    reader, moderator = signed_in("reader"), signed_in("mo", "moderator")
    arxiv.papers["2511.00066"] = entry("2511.00066", "A &lt;script&gt;alert(1)&lt;/script&gt;")
    reader.post("/submit", {"paper": "2511.00066"})
    shown = text(moderator, "/submissions/review")
    assert "A &lt;script&gt;" in shown and "We study it." in shown
    assert "A &lt;script&gt;" in text(reader, "/submissions")
    number = Submission.objects.get().pk
    assert moderator.post("/submissions/review", {
        "id": number, "do": "decline", "reason": HOSTILE}).status_code == 302  # fmt: skip
    assert "Declined" in text(reader, "/submissions")


def test_a_title_is_chosen_from(signed_in, arxiv):
    reader = signed_in("reader")
    arxiv.papers["2511.00055"] = entry("2511.00055", "Recent paper elsewhere")
    shown = text(reader, "/submit", paper="Recent paper 2")
    assert 'name="paper" value="2511.00002"' in shown
    assert 'name="paper" value="2511.00055"' in shown
    arxiv.fault(*["429"] * 4)
    assert "Its id works in any case" in text(reader, "/submit", paper=HOSTILE)


def test_so_many_a_day_is_told(signed_in):
    reader = signed_in("reader")
    user = get_user_model().objects.get(username="reader").pk
    for n in range(1, 5):
        reader.post("/submit", {"paper": f"2511.0000{n}"})
    held = Limit.objects.get(key=f"submissions of a day:user {user}:86400")
    Limit.objects.filter(key=held.key).update(count=5)
    Submission.objects.filter(name=f"arxiv:{TWO}").delete()
    assert "5 papers today" in text(reader, "/submit", 429, paper=TWO)


def test_picks_by_name_on_cards_and_pages(signed_in, client, shelf):
    ada = signed_in("ada", "curator", HOSTILE)
    day = str(shelf.open_day())
    came = {"Referer": f"http://localhost/papers/{ONE}"}
    assert "Pick for the next edition" in text(ada, f"/papers/{ONE}")
    assert "Pick for the next edition" not in text(client, f"/papers/{ONE}")
    for _ in range(2):
        answer = ada.post("/picks", {"pick": ONE, "line": HOSTILE}, headers=came)
    assert answer.status_code == 302 and answer.url.endswith(f"/papers/{ONE}#p-{ONE}")
    assert Pick.objects.count() == 1
    assert "Your pick for" in text(ada, f"/papers/{ONE}")
    for address in (f"/papers/{ONE}", f"/day/{day}", "/search?q=by:ada", "/curators/ada"):
        shown = text(client, address)
        assert 'Picked by <a href="/curators/ada">' in shown, address
        assert "&lt;script&gt;alert" in shown, address
    assert "Curators’ picks" in text(client, f"/day/{day}")
    assert "Recent paper 1" in text(client, "/curators")
    assert client.get("/curators/nobody").status_code == 404
    assert client.get("/curators/no%00body").status_code == 404
    assert "no curator nobody" in text(client, "/search?q=by:nobody")
    ada.post("/picks", {"remove": ONE})
    assert "Nothing picked yet" in text(client, "/curators/ada")
    assert "No curator has picked" in text(client, "/curators")


def test_the_desk_of_a_curator(signed_in, client, shelf):
    reader, ada = signed_in("reader"), signed_in("ada", "curator")
    assert client.get("/picks").status_code == client.get("/picks/2026-01-01").status_code == 302
    assert reader.get("/picks").status_code == reader.get("/picks/2026-01-01").status_code == 403
    following = shelf.open_day() + timedelta(days=1)
    page = f"/picks/{following}"
    assert "Nothing yet" in text(ada, "/picks")
    assert "Submit it first" in text(ada, "/picks", 404, pick="2599.1 <script>alert(1)", page="y")
    assert "not a day" in text(ada, "/picks", 400, pick=ONE, day="soon")
    assert "has closed" in text(ada, "/picks", 400, pick=ONE, day="2020-01-01")
    assert ada.post("/picks", {"pick": "nothing"}).status_code == 404
    assert "by that name" in text(ada, page, 400, do="x")
    for paper in (ONE, TWO):
        ada.post(page, {"do": "add", "paper": paper, "line": "first words"})
    ada.post(page, {"do": "line", "paper": ONE, "line": HOSTILE})
    ada.post(page, {"do": "introduce", "introduction": f"Read this\n{HOSTILE}"})
    for to in ("0", "0", "x" * 9):
        assert ada.post(page, {"do": "move", "paper": TWO, "to": to}).status_code == 302
    shown = text(ada, page)
    assert shown.index("Recent paper 2") < shown.index("Recent paper 1")
    assert "Submit it first" in text(ada, page, 404, do="add", paper="2599.00001")
    assert "2,000 characters" in text(ada, page, 400, do="introduce", introduction="y" * 2001)
    assert "next edition" in text(ada, page, 400, do="publish")
    assert "2 picks" in text(ada, "/picks")
    assert "Recent paper 2" not in text(client, f"/day/{following}")
    ada.post(page, {"do": "remove", "paper": TWO})
    ada.post(page, {"do": "drop"})
    assert not Draft.objects.exists() and not Pick.objects.exists()
    now = f"/picks/{shelf.open_day()}"
    ada.post(now, {"do": "add", "paper": ONE})
    ada.post(now, {"do": "introduce", "introduction": HOSTILE})
    assert "&lt;script&gt;" not in text(client, f"/day/{shelf.open_day()}")
    ada.post(now, {"do": "publish"})
    assert "&lt;script&gt;" in text(client, f"/day/{shelf.open_day()}")
    past = text(ada, f"/picks/{shelf.open_day() - timedelta(days=9)}")
    assert "published" in past and "You had nothing" in past


def test_queries(signed_in, client, shelf):
    ada = signed_in("ada", "curator")
    before = [queries(client, one) for one in ("/day/2025-03-18", f"/papers/{ONE}")]
    for n in range(1, 5):
        ada.post("/picks", {"pick": f"2511.0000{n}", "line": "why"})
    assert [queries(client, one) for one in ("/day/2025-03-18", f"/papers/{ONE}")] == before
    few = queries(client, "/curators/ada"), queries(client, "/curators")
    assert max(few) <= 7, few


def test_alone_all_of_it_is_the_owners(shelf, alone):
    owner = Client(SERVER_NAME="localhost")
    owner.post("/submit", {"paper": TWO})
    assert "In the edition of" in text(owner, "/submissions")
    owner.post("/picks", {"pick": TWO, "line": "mine"})
    assert "Picked by" in text(owner, "/curators/owner")
    assert "Nothing waits" in text(owner, "/submissions/review")
    get_user_model().objects.get(username="owner").delete()
    assert not Submission.objects.exists() and not Pick.objects.exists()
