"""Comments: written once, answered, changed for a while, deleted; notices and reports of them."""

import datetime
import threading

import pytest
from django.db import connection
from django.utils import timezone

from papertide.results import NotFound, Refused
from papertide.site.accounts.models import AuditEntry
from papertide.site.accounts.signals import erasing, exporting
from papertide.site.catalog import services as catalog
from papertide.site.community import rings
from papertide.site.community.models import Comment, Notice, Report, Tally, Vote
from papertide.site.community.rings import Ballot
from tests.fixtures import make_record
from tests.site.community.conftest import make_user
from tests.site.helpers import add

PAPER = "2503.00001"


@pytest.fixture
def wrote(library):
    """Writes comments on a paper, with a new key each time."""
    add(library, [make_record("A paper to talk of", arxiv=PAPER, announced="2025-03-18")])
    keys = iter(range(1000))

    def write(user, text="Well.", parent=None, key=None) -> int:
        return library.write_comment(
            user.pk, PAPER, text, key=key or f"key {next(keys)}", parent=parent
        )

    return write


def seen(library, user=None, moderator=False):
    held, _ = library.comments(
        library.paper(PAPER), user_id=user and user.pk, moderator=moderator
    )
    return held


def counted(library) -> int:
    number = library.paper(PAPER).id
    got = library.received([number]).get(number)
    return got.comments if got else 0


def test_threads_in_the_order_they_were_written(library, wrote):
    ada, ben = make_user("ada"), make_user("ben", "curator")
    first, second = wrote(ada, "First."), wrote(ben, "Second.")
    answer = wrote(ben, "To the first.", first)
    above = answer
    for _ in range(5):
        above = wrote(ada, "Deeper.", above)
    held = seen(library, ada)
    assert [one.id for one in held][:2] == [first, answer]
    assert held[-1].id == second
    assert [one.depth for one in held] == [0, 1, 2, 3, 3, 3, 3, 0]
    assert [one.role for one in held][:2] == ["", "curator"]
    assert held[0].mine and held[0].changeable and not held[1].mine
    assert library.comments_before(second) == 7
    assert counted(library) == 8
    placed = library.edition("2025-03-18", order="discussed").papers[0]
    assert placed.comments == 8


def test_a_form_sent_twice_is_one_comment(library, wrote):
    ada, ben = make_user("ada"), make_user("ben")
    assert wrote(ada, key="k") == wrote(ada, key="k") == wrote(ada, "Another text.", key="k")
    assert wrote(ben, key="k") != wrote(ada, key="k")  # a key is a user's own
    numbers, wrong = set(), []

    def send() -> None:
        try:
            numbers.add(wrote(ada, "At once.", key="once"))
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and len(numbers) == 1
    assert counted(library) == Comment.objects.count() == 3


def test_what_is_refused(library, wrote):
    ada = make_user("ada")
    for text in ("", "  \n ", "\0", "x" * 10_001):
        with pytest.raises(Refused):
            wrote(ada, text)
    with pytest.raises(Refused):
        library.write_comment(ada.pk, PAPER, "No key.", key="")
    with pytest.raises(NotFound):
        wrote(ada, parent=10**15)
    with pytest.raises(NotFound):
        library.write_comment(ada.pk, "2503.99999", "Nowhere.", key="k")
    wrote(ada, "x\0y\r\n" + "z" * 9000)
    assert seen(library)[0].text.startswith("xy\nz")
    gone = wrote(ada)
    library.delete_comment(ada.pk, gone)
    with pytest.raises(NotFound):
        wrote(ada, parent=gone)
    catalog.remove([library.paper(PAPER).id])
    with pytest.raises(Refused):
        wrote(ada)


def test_changed_for_a_quarter_of_an_hour(library, wrote):
    ada, ben = make_user("ada"), make_user("ben")
    number = wrote(ada, "Wiht a mistake.")
    library.change_comment(ada.pk, number, "With one less, @ben.")
    held = seen(library, ada)[0]
    assert held.text == "With one less, @ben." and held.edited
    assert library.unread(ben.pk) == 1  # who is named only now is told
    with pytest.raises(NotFound):
        library.change_comment(ben.pk, number, "Not mine.")
    Comment.objects.update(at=timezone.now() - datetime.timedelta(minutes=16))
    assert not seen(library, ada)[0].changeable
    with pytest.raises(Refused):
        library.change_comment(ada.pk, number, "Too late.")


def test_what_is_deleted_keeps_its_place_only_under_answers(library, wrote):
    ada, ben = make_user("ada"), make_user("ben")
    first, lone = wrote(ada, "First."), wrote(ada, "Lone.")
    answer = wrote(ben, "Answer.", first)
    library.delete_comment(ada.pk, lone)
    library.delete_comment(ada.pk, first)
    assert [(one.id, one.state, one.text) for one in seen(library, ada, True)] == [
        (first, "deleted", ""), (answer, "", "Answer.")
    ]  # fmt: skip
    assert counted(library) == 1
    with pytest.raises(NotFound):
        library.delete_comment(ada.pk, first)
    with pytest.raises(NotFound):
        library.delete_comment(ada.pk, answer)
    library.delete_comment(ben.pk, answer)
    assert not Comment.objects.exists()
    assert not Tally.objects.exclude(comments=0).exists()


def test_of_who_goes_no_word_stays(library, wrote):
    ada, ben = make_user("ada"), make_user("ben")
    first = wrote(ada, "My first words, @ben")
    own = wrote(ada, "My own answer.", first)
    wrote(ben, "An answer.", first)
    wrote(ada, "Lone words.")
    library.report(ada.pk, f"comment:{own}", "other", "mine")
    told = {name: rows for _, held in exporting.send(None, user_id=ada.pk, reader_key="") if held
            for name, rows in held.items()}  # fmt: skip
    assert told["comments"][0]["text"] == "My first words, @ben"
    assert told["comments"][1]["answers"] == first and told["reports"][0]["text"] == "mine"
    erasing.send(None, user_id=ada.pk, reader_key="")
    ada.delete()
    assert [(one.handle, one.state, one.text) for one in seen(library)] == [
        ("", "deleted", ""), ("ben", "", "An answer.")
    ]  # fmt: skip
    assert not Comment.objects.filter(text__contains="words").exists()
    assert counted(library) == 1 and not Report.objects.exists()
    ben.delete()  # by the admin, without the signal
    assert not Comment.objects.filter(author=None, state="").exists()


def test_notices(library, wrote):
    ada, ben = make_user("ada"), make_user("ben")
    many = [make_user(f"p{n}") for n in range(14)]
    first = wrote(ada, "Hello @ben, @nobody and @ada, ben@example.org and again @ben.")
    [notice] = library.notices(ben.pk)[0]
    assert (notice.kind, notice.handle, notice.comment) == ("mention", "ada", first)
    assert library.unread(ada.pk) == 0
    wrote(ben, "I answer you, @ada.", first)
    assert [one.kind for one in library.notices(ada.pk)[0]] == ["reply"]  # once, not twice
    wrote(ada, " ".join(f"@p{n}" for n in range(14)))
    assert Notice.objects.filter(user__in=many).count() == 10
    assert Comment.objects.latest("id").mentions == [f"p{n}" for n in range(10)]
    newest = library.notices(ben.pk)[0][0].id
    library.read_notices(ben.pk, newest)
    library.read_notices(ben.pk, newest)
    assert library.unread(ben.pk) == 0


def test_reports_and_what_moderators_decide(library, wrote):
    ada, ben, cy, mod = (make_user(n) for n in ("ada", "ben", "cy", "mod"))
    number = wrote(ada, "Buy my things.")
    target = f"comment:{number}"
    assert library.report(ben.pk, target, "spam")
    assert not library.report(ben.pk, target, "insult")  # one open report each
    library.report(cy.pk, target, "other", "It is an\0noying.")
    library.report(cy.pk, f"paper:{PAPER}", "false")
    library.report(cy.pk, "account:ada", "spam")
    held, total = library.reports()
    assert (total, [one.target for one in held]) == (
        3, [target, f"paper:{PAPER}", "account:ada"]
    )  # fmt: skip
    assert (held[0].count, held[0].said[1].text) == (2, "It is annoying.")
    assert {kind.title: count for kind, count in library.waiting()}["Reports"] == 3
    for wrong in ("", "comment:", "comment:x", f"comment:{10**30}", "paper:none", "account:no",
                  "other:1", "comment:1\0", "account:a\0"):  # fmt: skip
        with pytest.raises(NotFound):
            library.report(ben.pk, wrong, "spam")
    for reason, text in (("", ""), ("x", ""), ("other", " "), ("spam", "x" * 2001)):
        with pytest.raises(Refused):
            library.report(ada.pk, target, reason, text)
    with pytest.raises(Refused):
        library.decide(mod.pk, target, "hide", " ")
    with pytest.raises(Refused):
        library.decide(mod.pk, f"paper:{PAPER}", "hide", "why")
    library.decide(mod.pk, target, "hide", "advertising")
    library.decide(mod.pk, target, "hide", "twice")
    assert counted(library) == 0
    assert [(one.text, one.reason) for one in seen(library, ben)] == [("", "")]
    for who in (seen(library, ada), seen(library, mod, True)):
        assert (who[0].text, who[0].reason) == ("Buy my things.", "advertising")
    assert "advertising" in library.notices(ada.pk)[0][0].text
    assert "hid it" in library.notices(ben.pk)[0][0].text
    assert library.watched_comments(hidden=True)[1] == 1
    library.decide(mod.pk, target, "restore", "a mistake")
    assert counted(library) == 1 and seen(library)[0].text
    library.decide(mod.pk, "account:ada", "dismiss")
    assert library.reports()[1] == 1
    logged, total = library.audit_log()
    assert [one.action for one in logged] == ["dismiss reports", "restore comment", "hide comment"]
    assert library.audit_log(action="hide comment")[0][0].reason == "advertising"
    assert library.audit_log(handle="nobody")[1] == 0
    assert AuditEntry.objects.count() == total == 3


def test_new_accounts_are_looked_at_not_hidden(library, wrote):
    new, old, known = make_user("new", age=0), make_user("old"), make_user("known")
    past = Comment.objects.filter(id=wrote(known, "Long ago."))
    past.update(at=timezone.now() - datetime.timedelta(days=2))
    quiet = wrote(new, "No link, no names.")
    link = wrote(new, "See https://spam.example/")
    named = wrote(new, "@a @b @c @d")
    first = wrote(old, "[here](http://x.example)")
    wrote(known, "https://example.org")
    wrote(make_user("fresh", "curator", age=0), "https://example.org")
    held, total = library.watched_comments()
    assert [one.id for one in held] == [link, named, first] and total == 3
    assert [one.watch for one in held] == [
        "1 link from an account of 0 days", "4 people named from an account of 0 days",
        "1 link from an account without a comment that stood for a day",
    ]  # fmt: skip
    shown = {one.id: one for one in seen(library, new)}
    assert shown[link].text and not shown[link].watch and shown[quiet].text
    mod = make_user("mod", "moderator")
    library.decide(mod.pk, f"comment:{link}", "looked")
    library.decide(mod.pk, f"comment:{named}", "hide", "names everybody")
    assert library.watched_comments()[1] == 1


def ballots(users, papers, joined="2025-03-01", votes=4):
    day = datetime.date.fromisoformat(joined)
    return [Ballot(user, day, paper, votes) for user in users for paper in papers]


def test_what_votes_tell():
    ring = [*ballots([1, 2], range(6)), *ballots([3], range(5), "2025-03-02")]
    honest = [*ballots([7], [1, *range(20, 30)], "2025-02-01"),
              *ballots([8, 9], range(50, 60), "2025-02-02", votes=90)]  # fmt: skip
    [found] = rings.find(ring + honest)
    assert (found.users, found.papers) == ([1, 2, 3], [0, 1, 2, 3, 4, 5])
    assert "3 accounts" in found.about and "83% or more" in found.about
    assert rings.find(honest) == []
    [found] = rings.find(ballots(range(5), [1], votes=10))
    assert "5 of a paper’s 10 votes" in found.about
    assert rings.find(ballots(range(5), [1], votes=11)) == []
    assert rings.find(ballots(range(4), [1])) == []
    assert rings.find(ring + honest)[0].key == rings.find(honest + ring[::-1])[0].key


def test_votes_are_discounted_only_by_a_moderator_and_again_counted(library):
    add(library, [make_record(f"Paper {n}", arxiv=f"2503.0000{n}") for n in range(6)])
    pair = [make_user(f"twin{n}", age=2 + n) for n in range(2)]
    other, mod = make_user("other"), make_user("mod", "moderator")
    for n in range(6):
        for user in [*pair, other][: 3 if n == 0 else 2]:
            library.vote(user.pk, f"2503.0000{n}")
    number = library.paper("2503.00000").id
    [ring] = library.vote_rings()
    assert ring.handles == ["twin0", "twin1"] and len(ring.shown) == 6
    assert library.received([number])[number].votes == 3  # seen, not touched
    with pytest.raises(Refused):
        library.decide_votes(mod.pk, ring.key, True)
    with pytest.raises(NotFound):
        library.decide_votes(mod.pk, "another", True, "why")
    assert library.decide_votes(mod.pk, ring.key, True, "one person") == 12
    assert library.received([number])[number].votes == 1
    assert library.received([number], pair[0].pk)[number].mine  # to them nothing looks otherwise
    library.vote(pair[0].pk, "2503.00000", up=False)  # not counted twice
    assert library.received([number])[number].votes == 1
    assert library.vote_rings() == []
    [case] = library.vote_cases()[0]
    assert (case.votes, case.reason, case.handle) == (12, "one person", "mod")
    assert library.restore_votes(mod.pk, case.id, "two persons") == 11
    with pytest.raises(NotFound):
        library.restore_votes(mod.pk, case.id)
    assert library.received([number])[number].votes == 2
    assert library.vote_rings() == []  # decided
    assert sum(Tally.objects.values_list("votes", flat=True)) == Vote.objects.count() == 12
    assert [one.action for one in library.audit_log()[0]] == ["restore votes", "discount votes"]
