"""The pages of people: by forms alone, hostile input, whom they are shown to, their queries."""

import json
from io import StringIO

import pytest
import rispy
from django.contrib.auth import get_user_model

from papertide.site.accounts.models import AuditEntry
from papertide.site.people.models import Claim, Collection, Follow, Item
from tests.site.helpers import HOSTILE, queries, read
from tests.site.people.made import client_of, user

PAPER = "/papers/2503.00001"


@pytest.fixture
def people(site, files):
    """Clients of a reader, another one and a moderator; what they did is gone afterwards."""
    held = {"ada": user("ada", name=HOSTILE[:80], about=HOSTILE), "bob": user("bob"),
            "mod": user("mod", "moderator")}  # fmt: skip
    yield {handle: client_of(one) for handle, one in held.items()}
    get_user_model().objects.all().delete()


def text(client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    shown = answer.content.decode()
    if status == 200:
        read(shown)
    assert "<script>alert" not in shown
    return shown


def made(client, **fields) -> str:
    """The address of a new collection."""
    answer = client.post("/collections", {"do": "make", "title": "Good ones"} | fields)
    assert answer.status_code == 302
    return answer["Location"]


def add(client, address: str, *papers: str, **fields) -> None:
    number = address.split("/")[-1].partition("-")[0]
    for paper in papers:
        sent = {"do": "add", "collection": number, "paper": paper} | fields
        assert client.post("/collections", sent).status_code == 302


def test_a_collection_by_forms_alone(people, client):
    ada, bob = people["ada"], people["bob"]
    first = {"do": "add", "paper": "2503.00001", "title": "From a paper", "after": "0"}
    came = {"Referer": f"http://localhost{PAPER}"}
    for _ in range(2):  # sent twice, made once
        answer = ada.post("/collections", first, headers=came)
        assert answer["Location"] == f"http://localhost{PAPER}#collect"
    one = Collection.objects.get()
    address = f"/collections/{one.id}-from-a-paper"
    assert f'<option value="{one.id}">From a paper (it is there)</option>' in text(ada, PAPER)
    assert "Or a new one, called" in text(ada, PAPER)
    add(ada, address, "2503.00002", "2503.00003", note="Why\nit is here " + HOSTILE)
    shown = text(ada, address)
    assert "3 papers" in shown and "Why<br>it is here" in shown and "noindex" in shown
    for other in (client, bob):
        for there in (address, f"{address}.bib", f"{address}.json", f"/collections/{one.id}"):
            assert other.get(there).status_code == 404
    assert bob.post(address, {"do": "delete"}).status_code == 404
    assert "From a paper" not in text(bob, "/collections")
    answer = ada.post(address, {"paper": "2503.00003", "to": "1"})
    assert answer["Location"].endswith("#p-2503.00003")
    ada.post(address, {"paper": "2503.00001", "do": "note", "note": "Mine"})
    change = {"do": "change", "title": HOSTILE, "about": HOSTILE, "public": "1"}
    address = ada.post(address, change)["Location"]
    shown = text(client, address)
    order = [shown.index(f'id="p-2503.0000{n}"') for n in (3, 1, 2)]
    assert order == sorted(order) and "Mine" in shown and 'value="take-out"' not in shown
    assert client.get(f"/collections/{one.id}-old-name")["Location"] == address
    assert text(client, "/people/ada").count(address) == text(client, "/collections").count(address)
    ada.post(address, {"do": "take-out", "paper": "2503.00001"})
    assert Item.objects.count() == 2
    assert ada.post(address, {"do": "delete"})["Location"] == "/collections"
    assert client.get(address).status_code == 404


def test_collections_leave_in_the_forms_of_others(people, client):
    ada = people["ada"]
    address = made(ada, title=HOSTILE, public="1")
    add(ada, address, "2401.00001", "2402.00001", "2503.00001", "2503.00002", note="A & {note}\nTY")
    bib = client.get(f"{address}.bib").content.decode()
    keys = [line.partition("{")[2] for line in bib.splitlines() if line.startswith("@")]
    assert len(set(keys)) == 4 and "annote = {A \\& \\textbraceleft{}note" in bib
    ris = rispy.load(StringIO(client.get(f"{address}.ris").content.decode()))
    assert len(ris) == 4 and ris[0]["doi"] == "10.1000/x#y?z"
    assert ris[0]["authors"][:2] == ["Lovelace, Ada", "Davis, Sammy, Jr."]
    items = json.loads(client.get(f"{address}.csl.json").content)
    assert len({one["id"] for one in items}) == 4
    assert items[0]["author"][1] == {"family": "Davis", "given": "Sammy", "suffix": "Jr."}
    own = client.get(f"{address}.json")
    assert own["Content-Disposition"].startswith("attachment")
    assert [one["place"] for one in own.json()["papers"]] == [1, 2, 3, 4]


def follow(client, address: str) -> None:
    number = address.split("/")[-1].partition("-")[0]
    client.post("/following", {"do": "follow", "kind": "collection", "target": number})


@pytest.mark.parametrize(("sent", "status"), [
    ({"do": "make", "title": ""}, 400),
    ({"do": "make", "title": "x" * 121}, 400),
    ({"do": "make", "title": "\0 \0"}, 400),
    ({"do": "add", "paper": "2503.99999", "title": "New"}, 404),
    ({"do": "add", "paper": "2503.00001", "collection": "9" * 30}, 400),
    ({"do": "add", "paper": "2503.00001", "collection": "999999"}, 404),
    ({"do": "add", "paper": "no\0such", "title": "New"}, 404),
    ({"do": "explode"}, 404),
    ({}, 404),
])  # fmt: skip
def test_what_no_collection_is_made_of(people, sent, status):
    answer = people["ada"].post("/collections", sent)
    assert answer.status_code == status
    assert Collection.objects.count() == 0


def test_collections_that_are_not_there(people, client):
    for there in ("0-x", "1-", "99999999999999999999-x", "1-x.csv"):
        assert client.get(f"/collections/{there}").status_code == 404
    assert people["ada"].post("/collections/1-x", {"do": "note"}).status_code == 404


def test_following_by_forms_alone(people, client):
    ada = people["ada"]
    assert "You follow nobody yet" in text(ada, "/following")
    assert client.get("/following")["Location"].startswith("/account/login/")
    sent = {"do": "follow", "kind": "author", "target": "grace-hopper"}
    came = {"Referer": "http://localhost/author/grace-hopper"}
    for _ in range(2):
        assert ada.post("/following", sent, headers=came)["Location"].endswith("hopper#follow")
    assert 'aria-pressed="true">' in text(ada, "/author/grace-hopper")
    assert ada.post("/following", sent | {"do": "unfollow"}, headers={"Accept": "application/json"}
                    ).json() == {"following": False}  # fmt: skip
    ada.post("/following", sent)
    assert "Grace Hopper" in text(ada, "/following")
    assert ada.post("/following", {"do": "follow", "kind": "person", "target": "ada"}
                    ).status_code == 400  # fmt: skip
    assert ada.post("/following", sent | {"target": "no\0one"}).status_code == 404
    assert ada.post("/following", {}).status_code == 404
    assert "Grace Hopper" not in text(client, "/people/ada")
    ada.post("/following", {"do": "show", "shown": "1"})
    assert "Grace Hopper" in text(client, "/people/ada")
    assert Follow.objects.count() == 1


def test_profiles(people, client):
    shown = text(client, "/people/ada")
    assert "&lt;script&gt;" in shown and "reader · here since" in shown
    assert "/curators/ada" not in shown
    assert "/curators/mod" in text(client, "/people/mod")
    for there in ("nobody", "a\0b", "x" * 500, "%F0%9F%92%A9"):
        assert client.get(f"/people/{there}").status_code == 404
    address = made(people["ada"], public="1")
    add(people["ada"], address, "2503.00001")
    get_user_model().objects.filter(username="ada").update(is_active=False)
    shown = text(client, "/people/ada")
    assert "This account is suspended" in shown and "evil" not in shown
    assert address not in shown and client.get(address).status_code == 404
    assert "Good ones" not in text(client, "/collections")


def test_a_claim_from_the_paper_to_the_desk_and_back(people, client):
    ada, mod = people["ada"], people["mod"]
    sent = {"do": "claim", "paper": "2503.00001", "author": "0", "evidence": HOSTILE}
    for author in ("", "x", "-1", "99", "٣"):
        assert ada.post("/claims", sent | {"author": author}).status_code in (400, 404)
    for _ in range(2):
        ada.post("/claims", sent)
    assert "A moderator will look at it" in text(ada, PAPER)
    assert "@ada" not in text(client, PAPER)
    assert ada.get("/moderation/claims").status_code == 403
    assert client.get("/moderation/claims").status_code == 302
    assert "1 waits" in text(mod, "/moderation/claims")
    one = {"id": Claim.objects.get().id}
    assert mod.post("/moderation/claims", one | {"do": "refuse"}).status_code == 400
    mod.post("/moderation/claims", one | {"do": "accept"})
    for there in (PAPER, "/author/grace-hopper"):
        assert 'href="/people/ada"' in text(client, there)
    assert "Listed number 1 of many" in text(client, "/people/ada")
    assert "by your ORCID" not in text(ada, PAPER)
    mod.post("/moderation/claims", one | {"do": "refuse", "reason": HOSTILE})
    assert "can be made again" in text(ada, PAPER) and "refused" in text(ada, "/claims")
    assert mod.post("/moderation/claims", {"id": "9" * 18, "do": "accept"}).status_code == 404
    assert list(AuditEntry.objects.values_list("action", flat=True)) == [
        "accept claim", "refuse claim"
    ]  # fmt: skip
    AuditEntry.objects.all().delete()


def test_moderators_join_names_on_the_author_s_page(people, client):
    mod = people["mod"]
    assert "Names of one person" not in text(people["ada"], "/author/grace-hopper")
    sent = {"name": "grace-hopper", "other": "José Ñandú", "here": "1"}
    assert mod.post("/moderation/names", sent | {"do": "join"})["Location"] == (
        "/author/grace-hopper"
    )
    assert "Also as" in text(client, "/author/jose-nandu")
    mod.post("/moderation/names", sent | {"do": "split"})
    assert "Also as" not in text(client, "/author/jose-nandu")
    nobody = sent | {"do": "join", "other": "No One"}
    assert mod.post("/moderation/names", nobody).status_code == 404
    assert mod.post("/moderation/names", {"name": "\0"}).status_code == 404
    text(mod, "/moderation/names")


def test_queries_do_not_grow(people, client):
    ada = people["ada"]
    address = made(ada, public="1")
    add(ada, address, "2503.00001")
    ada.post("/claims", {"do": "claim", "paper": "2503.00001", "author": "0"})
    follow(people["bob"], address)
    there = [(client, address), (client, "/collections"), (client, "/people/ada"), (ada, PAPER),
             (people["bob"], "/following"), (people["mod"], "/moderation/claims"), (client, PAPER)]
    before = [queries(one, at) for one, at in there]
    for n in range(5):
        more = made(ada, title=f"Another {n}", public="1")
        add(ada, more, "2503.00002")
        follow(people["bob"], more)
    add(ada, address, *(f"2503.{n:05}" for n in range(2, 40)))
    for n in range(2, 6):
        ada.post("/claims", {"do": "claim", "paper": f"2503.{n:05}", "author": "0"})
    assert [queries(one, at) for one, at in there] == before
    assert max(before) <= 16, before


def test_the_owner_alone_needs_no_account(site, alone, client):
    assert client.get("/following").status_code == 200
    address = made(client)
    add(client, address, "2503.00001")
    assert "1 paper" in text(client, address)
    assert client.get("/people/owner").status_code == 200
    client.post("/claims", {"do": "claim", "paper": "2503.00001", "author": "0"})
    assert "1 waits" in text(client, "/moderation/claims")
    get_user_model().objects.all().delete()
