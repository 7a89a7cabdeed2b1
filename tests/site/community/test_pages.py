"""The pages of the community: with and without scripts, what is hostile, who may see what."""

import re

import pytest
from django.test import Client

from papertide.site.community.models import Comment, Notice, Report, Tally, Vote, VoteCase
from tests.site.community.conftest import signed_in
from tests.site.helpers import HOSTILE, queries, read

PAPER = "2503.00001"
PAGE, DAY = f"/papers/{PAPER}", "/day/2025-03-18"
JSON = {"Accept": "application/json"}


@pytest.fixture
def people(site, files, people):
    yield people
    Vote.objects.all().delete()
    for kind in (Notice, Report, Comment, VoteCase, Tally):
        kind.objects.all().delete()
    site._received_anew()


def text_of(client, address=PAGE, status=200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    text = answer.content.decode()
    read(text)
    return text


def key_of(client, address=PAGE) -> str:
    return re.search(r'name="key" value="([^"]+)"', text_of(client, address))[1]


def write(client, text, **more):
    sent = {"paper": PAPER, "text": text, "key": key_of(client), "do": "post"} | more
    return client.post("/comments", sent)


def button(text: str, paper=PAPER) -> tuple[str, str]:
    """Which way the first vote button of a paper goes, and its number."""
    found = re.search(
        rf'name="(vote|unvote)" value="{paper}"[^>]*>.*?data-votes>([\d,]+)<', text, re.DOTALL
    )
    return found[1], found[2]


# --- votes -----------------------------------------------------------------------------------


def test_the_button_with_and_without_scripts(people, client):
    ada = signed_in(people("ada"))
    assert button(text_of(client, DAY)) == button(text_of(ada, DAY)) == ("vote", "60")
    back = ada.post("/vote", {"vote": PAPER}, headers={"Referer": f"http://localhost{DAY}"})
    assert back.url == f"http://localhost{DAY}#p-{PAPER}"
    for address in (DAY, PAGE, "/search?q=listed&sort=votes"):
        assert button(text_of(ada, address)) == ("unvote", "61"), address
    assert button(text_of(client, DAY)) == ("vote", "61")
    assert 'aria-pressed="true"' in text_of(ada, DAY)
    again = ada.post("/vote", {"vote": PAPER}, headers=JSON)
    assert again.json() == {"voted": True, "votes": 61}
    gone = ada.post("/vote", {"unvote": PAPER}, headers=JSON)
    assert gone.json() == {"voted": False, "votes": 60}
    told = client.get(f"/api/papers/{PAPER}").json()
    assert (told["upvotes"], told["numComments"]) == (60, 1)
    assert ada.get("/vote").status_code == 405
    for paper in ("", "none", "a\0b", "x" * 5000):
        assert ada.post("/vote", {"vote": paper}).status_code == 404
    assert ada.post("/vote").status_code == 404


def test_one_query_more_for_who_has_signed_in(people, client):
    ada = signed_in(people("ada"))
    before = queries(client, DAY)
    # the session, the account, its reader with what they saved, their votes
    assert queries(ada, DAY) == before + 4 <= 10
    ada.post("/vote", {"vote": PAPER})
    assert queries(ada, DAY) == before + 4
    few = queries(ada, PAGE)
    write(ada, "One.")
    one = queries(ada, PAGE)
    write(ada, "Two.")
    assert few + 1 == one == queries(ada, PAGE)


def test_in_single_user_mode_all_is_the_owners(people, alone):
    owner = Client(SERVER_NAME="localhost")
    assert owner.post("/vote", {"vote": PAPER}).status_code == 302
    assert write(owner, "A note to myself.").status_code == 302
    text = text_of(owner)
    assert button(text) == ("unvote", "61") and "A note to myself." in text
    assert "Votes that came together" in text_of(owner, "/moderation")
    assert queries(owner, DAY) <= 10


# --- comments --------------------------------------------------------------------------------


def test_a_comment_from_its_preview_to_its_answer(people, client):
    ada, ben = signed_in(people("ada")), signed_in(people("ben"))
    assert "Sign in to comment" in text_of(client)
    key = key_of(ada)
    sent = {"paper": PAPER, "text": "It is **bold** of @ben.", "key": key}
    seen = ada.post("/comments", sent | {"do": "preview"})
    assert "<strong>bold</strong>" in seen.content.decode() and not Comment.objects.exists()
    assert f'name="key" value="{key}"' in seen.content.decode()
    first = ada.post("/comments", sent)
    assert ada.post("/comments", sent).url == first.url  # sent twice
    number = Comment.objects.get().id
    assert first.url == f"{PAGE}#c-{number}" == ada.get(f"/comments/{number}").url
    text = text_of(client)
    assert '<a href="/people/ben" rel="nofollow ugc noopener">@ben</a>' in text
    assert f'id="c-{number}"' in text
    assert "mentioned you" in text_of(ben, "/notices")
    form = text_of(ben, f"/comments/{number}/answer")
    assert "Your answer to @ada" in form
    assert "<html" not in ben.get(
        f"/comments/{number}/answer", headers={"HX-Request": "true"}
    ).content.decode()
    assert write(ben, "No, it is not.", parent=number).status_code == 302
    assert 'class="depth-1"' in text_of(client)
    [newest] = re.findall(r'name="newest" value="(\d+)"', text_of(ada, "/notices"))
    assert "answered you" in text_of(ada, "/notices")
    ada.post("/notices", {"newest": newest})
    assert "You have seen them all" in text_of(ada, "/notices")
    assert "Keep the change" in text_of(ada, f"/comments/{number}/change")
    assert ada.post(f"/comments/{number}", {"do": "change", "text": "Bolder."}).status_code == 302
    assert "Bolder." in text_of(client) and "changed" in text_of(client)
    assert ben.post(f"/comments/{number}", {"do": "change", "text": "x"}).status_code == 404
    assert ben.post(f"/comments/{number}", {"do": "delete"}).status_code == 404
    assert ada.post(f"/comments/{number}", {"do": "delete"}).url == f"{PAGE}#comments"
    assert "Deleted by its author" in text_of(client) and "Bolder" not in text_of(client)


def test_what_is_wrong_is_said_and_what_was_written_is_kept(people):
    ada = signed_in(people("ada"))
    answer = write(ada, "x" * 10_001)
    assert answer.status_code == 400 and "at most 10,000" in answer.content.decode()
    assert "x" * 10_001 in answer.content.decode()
    lost = write(ada, "Kept text", key="")
    assert lost.status_code == 400 and "Kept text" in lost.content.decode()
    assert re.search(r'name="key" value="[^"]{10}', lost.content.decode())
    number = int(re.search(r"\d+$", write(ada, "To be changed.").url)[0])
    wrong = ada.post(f"/comments/{number}", {"do": "change", "text": " "})
    assert wrong.status_code == 400 and "Write something" in wrong.content.decode()
    read(wrong.content.decode())
    for sent in ({"paper": "none"}, {"parent": "x"}, {"parent": "99999"}, {"paper": "a\0"}):
        assert write(ada, "Words.", **sent).status_code == 404
    for address in ("/comments/99999", f"/comments/{10**30}", "/comments/99999/answer",
                    "/comments/99999/change", "/report",
                    "/report?target=comment:x%00"):  # fmt: skip
        assert ada.get(address).status_code == 404, address
    assert ada.post("/notices", {"newest": "x"}).status_code == 404


def test_nothing_hostile_comes_through(people, client):
    user = people("ada")
    user.account.name = HOSTILE[:80]
    user.account.save()
    ada = signed_in(user)
    write(ada, HOSTILE + "\n\n![](https://evil.example/x.png)\n\n[x](javascript:alert(1))")
    text = text_of(ada)
    read(text)
    assert "<script>alert" not in text and "<b>bold" not in text and "<img" not in text
    assert 'href="javascript:' not in text and "[x](javascript:alert(1))" in text
    ada.post("/report", {"target": "account:ada", "reason": "other", "text": HOSTILE})
    mod = signed_in(people("mod", "moderator"))
    for address in ("/moderation/reports", "/moderation/comments", "/moderation/log?actor=<b>"):
        assert "<script>alert" not in text_of(mod, address)


def test_pages_of_comments(people, client, monkeypatch):
    from papertide.site.community import discussion

    monkeypatch.setattr(discussion, "PER_PAGE", 2)
    ada = people("ada")
    numbers = [
        people and open_comment(ada, f"Number {n}") for n in range(5)
    ]
    assert "Number 1" in text_of(client) and "Number 2" not in text_of(client)
    assert client.get(f"/comments/{numbers[4]}").url == f"{PAGE}?page=3#c-{numbers[4]}"
    assert "Number 4" in text_of(client, f"{PAGE}?page=3")


def open_comment(user, text):
    from papertide.library import open_library

    return open_library().write_comment(user.pk, PAPER, text, key=text)


# --- reports and the desk ----------------------------------------------------------------------


def test_report_and_decide(people, client):
    ada, ben = people("ada"), people("ben")
    number = open_comment(ada, "Rude words.")
    target = f"comment:{number}"
    assert client.get(f"/report?target={target}").status_code == 302
    reader = signed_in(ben)
    assert "Rude words" not in text_of(reader, f"/report?target={target}")
    assert reader.post("/report", {"target": target}).status_code == 400
    sent = {"target": target, "reason": "insult"}
    assert "Thank you" in reader.post("/report", sent).content.decode()
    assert "reported this before" in reader.post("/report", sent).content.decode()
    mod = signed_in(people("mod", "moderator"))
    assert "Reports</a> <span class=\"count\">1</span>" in text_of(mod, "/moderation")
    signed_in(ada).post("/report", {"target": f"paper:{PAPER}", "reason": "false"})
    text = text_of(mod, "/moderation/reports")
    assert "Rude words." in text and text.count('value="hide"') == 1  # papers are not hidden here
    mod.post("/moderation/decide", {"target": f"paper:{PAPER}", "do": "dismiss"})
    assert mod.post("/moderation/decide", {"target": target, "do": "hide"}).status_code == 400
    assert mod.post("/moderation/decide", {"target": "x:1", "do": "hide"}).status_code == 404
    assert mod.post("/moderation/decide", {"target": target, "do": "x"}).status_code == 404
    hide = {"target": target, "do": "hide", "reason": "insults"}
    assert mod.post("/moderation/decide", hide).status_code == 302
    assert "Rude words." not in text_of(client) and "A moderator hid this" in text_of(client)
    assert "Hidden by a moderator: <bdi>insults</bdi>" in text_of(signed_in(ada))
    assert "insults" in text_of(signed_in(ada), "/notices")
    assert "Show it again" in text_of(mod, "/moderation/comments?show=hidden")
    assert "hide comment" in text_of(mod, "/moderation/log?action=hide+comment&actor=mod")
    mod.post("/moderation/decide", {"target": target, "do": "restore"})
    assert "Rude words." in text_of(client)
    assert "No report waits." in text_of(mod, "/moderation/reports")


def test_the_desk_is_for_moderators(people, client):
    pages = ["/moderation", *(f"/moderation/{name}" for name in
                              ("reports", "comments", "votes", "log"))]  # fmt: skip
    curator, mod = signed_in(people("cur", "curator")), signed_in(people("mod", "moderator"))
    for address in pages:
        assert client.get(address).url.startswith("/account/login/")
        assert curator.get(address).status_code == 403
        text_of(mod, address)


def test_a_group_of_votes_on_the_desk(people, client):
    twins = [people(f"twin{n}", age=n) for n in range(2)]
    for twin in twins:
        for n in range(61, 66):
            paper = ["2401.00001", "cs/9902027", "1703.00005", "2402.00001", "2402.00002"][n - 61]
            signed_in(twin).post("/vote", {"vote": paper})
    mod = signed_in(people("mod", "moderator"))
    text = text_of(mod, "/moderation/votes")
    assert "@twin0 @twin1" in text and "2 accounts" in text
    [key] = re.findall(r'name="key" value="(\w+)"', text)
    sent = {"key": key, "do": "discount"}
    assert mod.post("/moderation/votes", sent).status_code == 400
    assert mod.post("/moderation/votes", sent | {"key": "x", "reason": "y"}).status_code == 404
    assert mod.post("/moderation/votes", sent | {"reason": "one person"}).status_code == 302
    assert button(text_of(client, "/papers/2401.00001"), "2401.00001") == ("vote", "0")
    [case] = re.findall(r'name="case" value="(\d+)"', text_of(mod, "/moderation/votes"))
    assert mod.post("/moderation/votes", {"case": case, "do": "restore"}).status_code == 302
    assert button(text_of(client, "/papers/2401.00001"), "2401.00001") == ("vote", "2")
    assert mod.post("/moderation/votes", {"case": case, "do": "restore"}).status_code == 404
