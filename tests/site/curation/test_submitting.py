"""Submitting papers: the ways to name one, and all that may go wrong at its source."""

import contextlib
import threading
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from papertide.curation import Unnamed
from papertide.papers import Paper, Record
from papertide.results import Refused
from papertide.site.accounts.models import AuditEntry
from papertide.site.catalog import services as catalog
from papertide.site.curation import submissions
from papertide.site.curation.models import Submission
from papertide.site.curation.submissions import TooMany
from papertide.sources import http
from tests.site.curation.conftest import ago, entry, recent
from tests.site.helpers import add

WORK = {"DOI": "10.1000/xyz", "type": "journal-article", "title": ["A study of a thing"],
        "issued": {"date-parts": [[int(part) for part in ago(2).split("-")]]}}  # fmt: skip


ON_SQLITE = pytest.mark.parametrize("library", ["sqlite"], indirect=True)


@pytest.fixture
def ada(library, person):
    """A curator: nobody looks at her papers first."""
    return person("ada", "curator")[0].pk


@pytest.fixture
def ben(library, person):
    return person("ben")[0].pk


@pytest.fixture(autouse=True)
def once(monkeypatch):
    """Sources are asked once."""
    monkeypatch.setattr(http, "ATTEMPTS", 1)


@contextlib.contextmanager
def hasty():
    """Sources are waited for a moment only."""
    plain = http.Fetcher.__init__

    def init(self, folder, contact="", **named):
        plain(self, folder, contact, **(named | {"timeout": 0.3, "patience": 0.3}))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http.Fetcher, "__init__", init)
        yield


def later(**wait) -> datetime:
    return datetime.now(UTC) + timedelta(**wait)


# --- what goes well --------------------------------------------------------------------------


@ON_SQLITE
def test_a_paper_is_fetched_found_and_in_the_next_edition(library, arxiv, ada):
    add(library, [recent(8, days=0), recent(9, days=1)])
    library.publish_due()
    arxiv.papers["2511.00001"] = entry("2511.00001", "Gliding robots")
    one = library.submit(ada, " https://arxiv.org/pdf/2511.00001v2 ")
    assert (one.state, one.day, one.closed) == ("accepted", library.open_day(), False)
    paper = library.paper("2511.00001")
    assert [hit.paper.id for hit in library.search("gliding").hits] == [paper.id]
    page = library.edition(library.open_day())
    assert "Gliding robots" in [row.paper.title for row in page.papers]
    assert page.curated[paper.id].submitted.handle == "ada"
    assert library.publish_due(library.closes(library.open_day())) == [one.day]
    assert library.edition_of(paper) == one.day
    assert library.submission(one.id).closed
    assert len(arxiv.requests) == 1
    assert library.submit(ada, "2511.00001").id == one.id
    assert len(arxiv.requests) == 1, "it is here"


@ON_SQLITE
def test_a_doi_is_asked_of_crossref(library, arxiv, ada):
    arxiv.works["10.1000/xyz"] = WORK
    one = library.submit(ada, "https://publisher.example/doi/full/10.1000/XYZ?x=1")
    assert one.state == "accepted"
    assert library.by_number([one.paper_id])[0].title == "A study of a thing"
    assert library.submit(ada, "doi:10.1000/xyz").id == one.id


@ON_SQLITE
def test_a_paper_that_is_here_is_not_fetched_and_counts(library, arxiv, ada, ben):
    add(library, [recent(1), recent(2, days=40)])
    one = library.submit(ada, "2511.00001")
    assert one.state == "accepted"
    assert not arxiv.requests
    two = library.submit(ben, "https://huggingface.co/papers/2511.00001")
    assert (two.state, two.paper_id) == ("review", one.paper_id)
    with pytest.raises(Refused, match="more than 14 days ago"):
        library.submit(ada, "2511.00002")
    assert Submission.objects.count() == 2


@ON_SQLITE
def test_in_an_edition_already_it_stays_there(library, arxiv, ada):
    add(library, [recent(1)])
    [day] = library.publish_due()
    one = library.submit(ada, "2511.00001")
    assert (one.state, one.day, one.closed) == ("accepted", day, True)
    assert library.edition(day).curated[one.paper_id].submitted.handle == "ada"
    assert library.publish_due(library.closes(library.open_day())) == []


def test_the_first_waits_for_a_moderator_later_ones_go_straight(library, arxiv, ben, person):
    moderator = person("mo", "moderator")[0].pk
    arxiv.papers |= {i: entry(i) for i in ("2511.00001", "2511.00002", "2511.00003")}
    one, two = library.submit(ben, "2511.00001"), library.submit(ben, "2511.00002")
    assert one.state == two.state == "review"
    assert library.count() == 0, "nothing is stored before it is accepted"
    assert submissions.to_review() == 2
    rows, total = library.submissions_to_review()
    assert total == 2 and rows[0][1].title == "A paper numbered 2511.00001"
    with pytest.raises(Refused, match="Say why"):
        library.review_submission(moderator, two.id, accept=False, reason=" ")
    assert library.review_submission(moderator, two.id, accept=False, reason="no\0t for us")
    assert library.review_submission(moderator, one.id, accept=True)
    assert not library.review_submission(moderator, one.id, accept=False, reason="too late")
    assert library.submission(one.id).state == "accepted"
    declined = library.submission(two.id)
    assert (declined.state, declined.note, declined.record) == ("declined", "not for us", None)
    assert library.submit(ben, "2511.00002").state == "declined", "and it stays so"
    assert library.submit(ben, "2511.00003").state == "accepted"
    told = AuditEntry.objects.order_by("id").values_list("actor_id", "action", "reason")
    assert list(told) == [(moderator, "decline submission", "not for us"),
                          (moderator, "accept submission", "")]  # fmt: skip


def test_so_many_a_day(library, arxiv, ben, ada):
    arxiv.papers |= {f"2511.{n:05}": entry(f"2511.{n:05}") for n in range(1, 9)}
    for n in range(1, 6):
        library.submit(ben, f"2511.{n:05}")
    for n in (6, 6, 7):
        with pytest.raises(TooMany, match="5 papers today"):
            library.submit(ben, f"2511.{n:05}")
    assert library.submit(ben, "2511.00001").state == "review", "what was submitted is no new one"
    assert Submission.objects.filter(by_id=ben).count() == 5
    assert submissions.trusted(ada) and not submissions.trusted(ben)
    for n in range(7):
        assert submissions.begin(ada, f"arxiv:2510.{n:05}", later())[1]


@ON_SQLITE
@pytest.mark.parametrize("text", ["", "Attention is all you need", "x" * 5000, "no\0such", "10.1/"])
def test_what_is_no_id(library, ada, text):
    with pytest.raises(Unnamed):
        library.submit(ada, text)


@ON_SQLITE
def test_a_title_shows_candidates_here_and_at_arxiv(library, arxiv, ada):
    add(library, [recent(1)])
    arxiv.papers["2511.00077"] = entry("2511.00077", "Recent paper elsewhere")
    found = library.candidates('Recent paper 1 "( ti:\0', ask=True)
    assert [p.title for p in found.here] == ["Recent paper 1"]
    assert [p.arxiv for p in found.elsewhere] == ["2511.00077"]
    assert library.candidates("Recent paper 1").elsewhere == []
    arxiv.fault(*["500"] * 9)
    assert "arXiv" in library.candidates("Recent paper", ask=True).notice


# --- what goes wrong -------------------------------------------------------------------------


@ON_SQLITE
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("500", "error"), ("reset", "could not be reached"), ("drip", "in time"),
        ("silence", "in time"), ("gzip bomb", "more than is taken"), ("html", "cannot be read"),
        ("entity bomb", "cannot be read"),
    ],
)  # fmt: skip
def test_a_source_that_fails_is_asked_again(library, arxiv, ada, fault, says):
    arxiv.papers["2511.00001"] = entry("2511.00001")
    arxiv.fault(*[fault] * 9)
    with hasty() if says == "in time" else contextlib.nullcontext():
        one = library.submit(ada, "2511.00001")
    assert one.state == "waiting" and says in one.note, one.note
    assert library.count() == 0
    assert library.submit(ada, "2511.00001").id == one.id, "pressed twice: not asked twice"
    assert library.ask_sources_again() == 0, "not before it is due"
    arxiv._faults.clear()
    assert library.ask_sources_again(later(hours=1)) == 1
    assert library.submission(one.id).state == "accepted"
    assert library.ask_sources_again(later(days=9)) == 0


@ON_SQLITE
def test_a_source_that_stays_away_is_given_up(library, ada, monkeypatch):
    monkeypatch.setenv("PAPERTIDE_SOURCE_URLS", "arxiv-api=http://127.0.0.1:9/")
    one = library.submit(ada, "2511.00001")
    asked = 0
    while library.ask_sources_again(later(days=asked + 1)):
        asked += 1
        assert asked < 20
    gone = library.submission(one.id)
    assert asked == submissions.MOST_TRIES - 1
    assert gone.state == "refused" and "6 times" in gone.note
    assert library.submit(ada, "2511.00001").state == "waiting", "and may be submitted again"
    assert Submission.objects.count() == 1


@ON_SQLITE
@pytest.mark.parametrize(
    ("held", "says"),
    [
        (None, "has no such paper"),
        (entry("2511.09999"), "has no such paper"),  # it lies about its id
        (entry("2511.00001", day="2020-01-02"), "more than 14 days ago"),
        (entry("2511.00001", more='<comment xmlns="http://arxiv.org/schemas/atom">This paper has '
               "been withdrawn by the authors</comment>"), "withdrawn"),
    ],
)  # fmt: skip
def test_what_arxiv_answers_is_not_taken(library, arxiv, ada, held, says):
    arxiv.papers |= {"2511.00001": held} if held else {}
    one = library.submit(ada, "2511.00001")
    assert one.state == "refused" and says in one.note, one.note
    assert library.count() == 0


@ON_SQLITE
@pytest.mark.parametrize(
    ("work", "says"),
    [
        (None, "no such paper"), (WORK | {"DOI": "10.1000/other"}, "another paper"),
        (WORK | {"type": "journal"}, "no paper"), (WORK | {"issued": None}, "Nobody says when"),
        (WORK | {"issued": {"date-parts": [[2020]]}}, "first appeared in 2020"),
    ],
)  # fmt: skip
def test_what_crossref_answers_is_not_taken(library, arxiv, ada, work, says):
    arxiv.works |= {"10.1000/xyz": work} if work else {}
    one = library.submit(ada, "10.1000/xyz")
    assert one.state == "refused" and says in one.note, one.note
    assert library.count() == 0


@ON_SQLITE
def test_a_paper_that_was_taken_down_stays_away(library, arxiv, ada, ben):
    add(library, [recent(1)])
    catalog.remove([library.paper("2511.00001").id])
    with pytest.raises(Refused, match="taken down"):
        library.submit(ada, "2511.00001")
    add(library, [recent(2)])
    one = library.submit(ben, "2511.00002")
    catalog.remove([one.paper_id])
    assert library.submissions_to_review()[1] == 1
    assert library.review_submission(ada, one.id, accept=True)
    assert library.submission(one.id).state == "refused"


# --- at once, and afterwards -----------------------------------------------------------------


def test_pressed_twice_at_once_it_is_one(library, arxiv, ada, ben):
    """And by two people it is one paper."""
    arxiv.papers["2511.00001"] = entry("2511.00001")
    states, barrier = [], threading.Barrier(4)

    def send(user):
        from django.db import connection

        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=5)
        states.append(library.submit(user, "2511.00001").state)
        connection.close()

    threads = [threading.Thread(target=send, args=[user]) for user in (ada, ada, ben, ben)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(states) == 4
    library.ask_sources_again(later(hours=1))  # of the one whose source was being asked
    assert Submission.objects.count() == 2
    assert library.count() == 1
    assert set(Submission.objects.values_list("by_id", "state")) == {
        (ada, "accepted"), (ben, "review")
    }  # fmt: skip


@ON_SQLITE
def test_two_ids_of_one_paper_are_one_submission(library, arxiv, ada):
    relation = {"has-preprint": [{"id-type": "arxiv", "id": "2511.00001"}]}
    arxiv.works["10.1000/xyz"] = WORK | {"relation": relation}
    arxiv.papers["2511.00001"] = entry("2511.00001", "A study of a thing")
    one = library.submit(ada, "2511.00001")
    two = library.submit(ada, "10.1000/xyz")
    assert library.count() == 1
    assert (two.id, two.paper_id) == (one.id, one.paper_id)
    assert Submission.objects.count() == 1


def test_merged_papers_and_deleted_users(library, arxiv, ada, ben):
    from django.contrib.auth import get_user_model

    from papertide.site.accounts.signals import exporting

    add(library, [recent(1), msgspec.structs.replace(recent(2), paper=Paper(
        title="Other words", identities=["doi:10.1000/o"], published=ago(1)))])  # fmt: skip
    first, other = library.paper("2511.00001"), library.paper("10.1000/o")
    library.submit(ada, "2511.00001"), library.submit(ada, "10.1000/o")
    library.submit(ben, "10.1000/o")
    both = Paper(title="Recent paper 1", authors=["Ada Lovelace"],
                 identities=["arxiv:2511.00001", "doi:10.1000/o"])  # fmt: skip
    catalog.ingest([Record(paper=both, source="crossref")])
    from papertide.site.catalog.ingest import log, merge

    if library.paper("10.1000/o").id != first.id:
        from django.db import transaction

        with transaction.atomic():
            log.lock()
            merge(first.id, other.id)
    assert set(Submission.objects.values_list("by_id", "paper_id")) == {
        (ada, first.id), (ben, first.id)
    }  # fmt: skip
    [(_, told)] = [(f, held) for f, held in exporting.send(None, user_id=ben, reader_key="")
                   if held and "submissions" in held]  # fmt: skip
    assert told["submissions"][0]["paper"] == "2511.00001"
    get_user_model().objects.get(pk=ben).delete()
    assert not Submission.objects.filter(by_id=ben).exists()
    assert library.curated([first.id])[first.id].submitted.handle == "ada"
