"""Votes: one a reader, whatever is sent twice, at once or again; and where they count."""

import datetime
import threading

import pytest
from django.db import connection

from papertide.papers import ListingPlace, Paper, Record
from papertide.results import NotFound, Refused
from papertide.site.accounts.signals import erasing, exporting
from papertide.site.catalog import services as catalog
from papertide.site.community.models import Tally, Vote
from papertide.trends.hotness import hottest
from tests.fixtures import make_record, today
from tests.site.community.conftest import make_user
from tests.site.helpers import add


@pytest.fixture
def voting(library):
    """Two papers in a listing with votes, and one in none."""
    place = {"key": "d", "source": "huggingface", "title": "Daily", "date": "2025-03-18"}
    add(library, [
        make_record("Much liked", arxiv="2503.00001", announced="2025-03-18",
                    listing=ListingPlace(**place, position=1, votes=5, comments=2)),
        make_record("Hardly liked", arxiv="2503.00002", announced="2025-03-18",
                    listing=ListingPlace(**place, position=2, votes=4)),
        make_record("Not listed", arxiv="2503.00003", announced="2025-03-18"),
    ])  # fmt: skip
    return library


def tallied() -> bool:
    """Whether the tallies are what the votes say."""
    held = {}
    for paper, day in Vote.objects.filter(discount=None).values_list("paper_id", "day"):
        held[paper, day] = held.get((paper, day), 0) + 1
    rows = Tally.objects.exclude(votes=0).values_list("paper_id", "day", "votes")
    return held == {(paper, day): votes for paper, day, votes in rows}


def test_a_vote_counts_once_and_is_taken_back(voting):
    ada, ben = make_user("ada").pk, make_user("ben").pk
    assert voting.vote(ada, "2503.00001").votes == 6
    assert voting.vote(ada, "2503.00001").votes == 6
    assert voting.vote(ben, "2503.00001") == voting.vote(ben, "arxiv:2503.00001")
    number = voting.paper("2503.00001").id
    assert voting.received([number])[number].votes == 7
    assert voting.received([number], ada)[number].mine
    assert voting.vote(ada, "2503.00001", up=False).votes == 6
    assert voting.vote(ada, "2503.00001", up=False).votes == 6
    assert not voting.received([number], ada)[number].mine
    assert [paper.public_id for paper in voting.voted(ben)[0]] == ["2503.00001"]
    assert tallied()
    with pytest.raises(NotFound):
        voting.vote(ada, "2503.99999")


def test_votes_count_wherever_votes_do(voting):
    users = [make_user(f"u{n}").pk for n in range(7)]
    for user in users:
        voting.vote(user, "2503.00003")
    for user in users[:2]:
        voting.vote(user, "2503.00002")
    assert [row.paper.public_id for row in voting.edition("2025-03-18").papers] == [
        "2503.00003", "2503.00002", "2503.00001"
    ]  # fmt: skip
    assert [row.votes for row in voting.edition("2025-03-18").papers] == [7, 6, 5]
    hits = voting.search("liked", sort="votes").hits
    assert [(hit.paper.public_id, hit.votes) for hit in hits] == [
        ("2503.00002", 6), ("2503.00001", 5)
    ]  # fmt: skip
    assert voting.search("votes:7..").hits[0].paper.public_id == "2503.00003"
    rising = voting.trending("week")  # what was voted for today, not what was listed long ago
    assert [one.paper.public_id for one in rising.papers] == ["2503.00003", "2503.00002"]
    assert str(rising.papers[0].hotness.parts[0]).startswith("7 votes, today")
    assert voting.edition("2025-03-18", order="rising").papers[0].paper.public_id == "2503.00003"
    shown = voting.shown(row.paper for row in voting.edition("2025-03-18").papers)
    assert sorted(one.votes for one in shown.values()) == [5, 6, 7]
    told = {one.paper: one.votes for one, _ in catalog.told()}
    assert told[voting.paper("2503.00002").id] == 6
    before = catalog.told_of()
    voting.vote(users[0], "2503.00001")
    assert catalog.told_of() != before
    assert catalog.last_listed(today()) == today()


def test_own_votes_fade_by_their_own_day(voting):
    """The one formula, whether signals come one by one or as arrays."""
    users = [make_user(f"u{n}").pk for n in range(4)]
    for user in users:
        voting.vote(user, "2503.00003")
    days = [today() - datetime.timedelta(days=n) for n in (0, 3)]
    Tally.objects.update(votes=1)
    number = voting.paper("2503.00003").id
    Tally.objects.create(paper_id=number, day=days[1], votes=3, comments=1)
    voting._received_anew()
    now = datetime.datetime.now(datetime.UTC)
    [exact] = hottest(catalog.signals(days[1], days[0]), now)
    _, rising = voting._popularity.order("rising")
    assert rising[0] == pytest.approx(exact.score, abs=0.001)


def test_a_removed_paper_takes_no_votes(voting):
    ada = make_user("ada").pk
    voting.vote(ada, "2503.00001")
    catalog.remove([voting.paper("2503.00001").id])
    with pytest.raises(Refused):
        voting.vote(ada, "2503.00001")
    voting.vote(ada, "2503.00001", up=False)
    assert not Vote.objects.exists()


def test_votes_move_with_their_paper(library):
    """Two papers turn out to be one: who voted for both has one vote."""
    place = ListingPlace(key="l", source="saved-page", title="L")
    add(library, [
        Record(paper=Paper(title="A title long enough to tell"), source="saved-page",
               listing=place),
        make_record("Another title at first", arxiv="2503.00009", authors=[]),
    ])  # fmt: skip
    [entry] = library.entries(library.listings()[0].id)
    ada, ben = make_user("ada").pk, make_user("ben").pk
    for user, paper in ((ada, "2503.00009"), (ada, entry.paper.public_id),
                        (ben, entry.paper.public_id)):  # fmt: skip
        library.vote(user, paper)
    library.write_comment(ben, entry.paper.public_id, "Good.", key="k")
    add(library, [make_record("A title long enough to tell", arxiv="2503.00009", authors=[],
                              as_of="2025-04-01")])  # fmt: skip
    paper = library.paper("2503.00009")
    assert library.paper(entry.paper.public_id).id == paper.id
    got = library.received([paper.id], ada)[paper.id]
    assert (got.votes, got.comments, got.mine) == (2, 1, True)
    assert Vote.objects.count() == 2 and tallied()
    assert library.comments(paper)[1] == 1


def test_who_goes_takes_their_votes(voting):
    ada, ben = make_user("ada"), make_user("ben")
    for user in (ada, ben):
        voting.vote(user.pk, "2503.00001")
    sent = exporting.send(None, user_id=ada.pk, reader_key="")
    [told] = [held for _, held in sent if held and "votes" in held]
    assert told["votes"][0]["paper"] == "2503.00001"
    erasing.send(None, user_id=ada.pk, reader_key="")
    ada.delete()
    ben.delete()  # as in the admin, without the signal
    assert not Vote.objects.exists() and tallied()


def test_many_at_once(voting):
    """Eight threads vote, vote again and take back: none is lost, none doubled."""
    users = [make_user(f"u{n}").pk for n in range(20)]
    wrong = []

    def work(lane: int) -> None:
        try:
            for n in range(lane, 60, 4):  # two threads do the same, one forwards, one backwards
                user, paper = users[n % 20], f"2503.0000{n % 3 + 1}"
                voting.vote(user, paper)
                voting.vote(user, paper)
                if n % 5 == 0:
                    voting.vote(user, paper, up=False)
                    voting.vote(user, paper, up=False)
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(lane % 4,)) for lane in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert tallied()
    pairs = {(users[n % 20], n % 3) for n in range(60) if n % 5}
    assert Vote.objects.filter(user__in={user for user, _ in pairs}).count() >= len(pairs)
