"""One work stored as two papers: merged where that is certain, else for moderators to decide."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from papertide.papers import Announcement, ListingPlace
from papertide.site.catalog import services
from papertide.site.catalog.models import Change, FormerTitle, Identity, Paper, PossibleDuplicate
from papertide.site.pages import READER
from tests.fixtures import make_record

TITLE = "How many things were studied by us"
RENAMED = "A study of rather many things"
WORDS = "Grammars of unification are compiled into automata whose states are types."
OTHERS = "Speech recognisers profit from syntax when their lattices are rescored by parsers."
PREPRINT, ARTICLE = "doi:10.1101/2024.01.02.573900", "doi:10.1000/article"
PAIRS = "/admin/catalog/possibleduplicate/"


def ingest(*records):
    return services.ingest(list(records))


def preprint(**fields):
    return make_record(TITLE, source="biorxiv", identities=[PREPRINT],
                       **{"abstract": WORDS} | fields)  # fmt: skip


def article(title=RENAMED, **fields):
    return make_record(title, source="crossref", identities=[ARTICLE],
                       **{"abstract": WORDS} | fields)  # fmt: skip


def both(title=RENAMED, **fields):
    """What Crossref says of an article and its preprint."""
    return make_record(title, source="crossref", as_of="2025-06-01",
                       identities=[ARTICLE, PREPRINT], **{"abstract": WORDS} | fields)  # fmt: skip


def notice(name=ARTICLE, status="retracted"):
    return make_record("", source="crossref", identities=[name], abstract="", authors=[],
                       status=status, as_of="2025-05-01")  # fmt: skip


def pairs() -> list[tuple[int, int | None, str]]:
    return list(PossibleDuplicate.objects.order_by("id")
                .values_list("first_id", "second_id", "decision"))  # fmt: skip


# --- records without a title -----------------------------------------------------------------


@pytest.mark.parametrize("status", ["retracted", "removed", "concern"])
def test_a_notice_about_an_unknown_paper_makes_nothing(library, status):
    for _ in range(2):
        counts = ingest(notice(status=status))
        assert (counts.new, counts.changed, counts.unchanged) == (0, 0, 1)
    assert not Paper.objects.exists()
    assert not Identity.objects.exists()
    assert not Change.objects.exists()
    ingest(article())  # the notice that came first is lost, and flags it when it comes again
    assert library.paper("10.1000/article").status == ""
    assert ingest(notice(status=status)).changed == 1
    assert library.paper("10.1000/article").status == status


def test_a_notice_after_its_paper_in_one_batch(library):
    counts = ingest(article(), notice())
    assert (counts.new, counts.changed) == (1, 1)
    assert library.paper("10.1000/article").flag == "Retracted"
    assert library.paper("10.1000/article").title == RENAMED


def test_no_title_is_not_the_title_of_removed_papers(library):
    ingest(make_record(TITLE, source="saved-page", authors=[]), article())
    services.remove([1, 2])
    with CaptureQueriesContext(connection) as captured:
        ingest(notice("doi:10.1000/unknown"))
    assert Paper.objects.count() == 2
    assert not any('"catalog_paper"."title_key"' in q["sql"] for q in captured.captured_queries)
    assert not FormerTitle.objects.filter(title_key="").exists()
    assert ingest(make_record("?!", source="saved-page", authors=[])).unchanged == 1


# --- two papers that are one -----------------------------------------------------------------


@pytest.mark.parametrize("one_batch", [False, True])
def test_a_record_with_the_ids_of_two_papers_makes_them_one(library, one_batch):
    place = ListingPlace(key="page:1", source="saved-page", title="Daily", position=7)
    listed = article(listing=place)
    listed.announcements = [Announcement(day="2025-03-17")]
    records = [preprint(), listed, both()]
    if one_batch:
        assert ingest(*records).absorbed == 1
    else:
        assert [ingest(record).new for record in records[:2]] == [1, 1]
        gone = library.paper("10.1000/article").public_id
        key = library.save("", gone)
        assert ingest(records[2]).absorbed == 1
        assert library.paper(gone).id == 1  # the older one is kept
        [kept], total = library.saved(key)
        assert (kept.id, total) == (1, 1)
    paper = library.paper("10.1000/article")
    assert (library.count(), paper.id) == (1, 1)
    assert (paper.title, paper.sources) == (RENAMED, ["biorxiv", "crossref"])
    assert set(paper.identities) == {PREPRINT, ARTICLE}
    assert [place.position for place in library.listings_of(paper)] == [7]
    assert paper.announced == "2025-03-17"
    assert library.author("ada-lovelace")[2] == 1
    assert not PossibleDuplicate.objects.exists()
    before = Change.objects.count()
    for record in (preprint(), article(), both()):
        again = ingest(record)
        assert (again.unchanged, again.absorbed, again.queued) == (1, 0, 0)
    assert Change.objects.count() == before
    page = make_record(TITLE, source="saved-page", authors=[], abstract=WORDS)
    assert ingest(page).found == {"title and abstract": 1}  # by its former title
    library.catch_up()
    assert library.index_status().indexed == 1


def test_the_one_on_arxiv_is_kept(library):
    ingest(article(), preprint())
    ingest(make_record("Named by arXiv otherwise still", arxiv="2503.00001", abstract=WORDS))
    told = both()
    told.paper.identities.append("arxiv:2503.00001")
    assert ingest(told).absorbed == 2
    assert [paper.public_id for paper in Paper.objects.all()] == ["2503.00001"]
    assert library.paper("10.1000/article").public_id == "2503.00001"


def test_three_in_one_batch_one_after_another(library):
    """A paper that absorbed another is absorbed itself: nothing points at what is gone."""
    third = "doi:10.31219/osf.io/abcde"
    more = make_record(RENAMED, source="crossref", identities=[third], abstract=WORDS)
    one = make_record(TITLE, arxiv="2503.00001", abstract=WORDS)
    ids = [ARTICLE, "arxiv:2503.00001"]
    last = make_record(RENAMED, source="crossref", identities=ids, abstract=WORDS)
    place = ListingPlace(key="page:1", source="saved-page", title="Daily", position=7)
    ingest(preprint(listing=place))
    ingest(article("Under a third name it appeared"))
    ingest(more, both("Under a third name it appeared"), one, last)
    [paper] = Paper.objects.all()
    assert paper.public_id == "2503.00001"
    assert library.paper("10.31219/osf.io/abcde").id == paper.id
    assert [place.position for place in library.listings_of(library.paper("2503.00001"))] == [7]


@pytest.mark.parametrize("scheme", ["arxiv:2503.0000", "acl:2024.acl-long."])
def test_two_ids_of_one_place_are_two_papers(library, scheme):
    ingest(*(make_record(TITLE, source="crossref", identities=[f"{scheme}{n}", ARTICLE])
             for n in (1, 2)))  # fmt: skip
    ingest(make_record(TITLE, identities=[f"{scheme}1", f"{scheme}2"], source="openalex"))
    assert library.count() == 2
    assert pairs() == []


def test_where_text_disagrees_moderators_decide(library):
    ingest(preprint(), article(abstract=OTHERS))
    for _ in range(2):
        told = ingest(both("Some third name", abstract=""))
        assert told.absorbed == 0
    assert library.count() == 2
    assert pairs() == [(1, 2, "")]
    # Until then the ids of each stay its own, and a notice finds the right one.
    assert Identity.objects.count() == 2
    ingest(notice())
    assert [library.paper(name[4:]).status for name in (PREPRINT, ARTICLE)] == ["", "retracted"]


# --- what moderators are asked -----------------------------------------------------------------


def ambiguous():
    return make_record(TITLE, source="saved-page", authors=["Ada Lovelace"], abstract="")


def test_what_fits_several_papers_is_asked_once(library):
    ingest(*(make_record(TITLE, arxiv=f"2503.0000{n}", abstract=WORDS) for n in (1, 2)))
    assert ingest(ambiguous()).queued == 2
    assert library.count() == 3
    assert pairs() == [(1, 3, ""), (2, 3, "")]
    for record in (ambiguous(), make_record(TITLE, arxiv="2503.00001", abstract=WORDS)):
        assert ingest(record).queued == 0
    assert (library.count(), library.possible_duplicates()) == (3, 2)


def test_what_only_a_title_says_is_asked(library):
    notes = {"source": "openreview", "abstract": "", "authors": []}
    ingest(make_record(TITLE, arxiv="2503.00001", abstract=WORDS))
    counts = ingest(make_record(TITLE, identities=["openreview:abc"], **notes))
    assert (counts.new, counts.queued) == (1, 1)
    # Other authors, or another abstract, are another work: nothing to ask.
    ingest(make_record(TITLE, identities=["openreview:def"], authors=["Alan Turing"],
                       abstract=OTHERS, source="semanticscholar"))  # fmt: skip
    assert (1, 3, "") not in pairs()
    assert library.count() == 3


def test_titles_that_many_papers_have_ask_about_a_few(library):
    for n in range(40):
        ingest(make_record("Editorial", identities=[f"openreview:{n}"], authors=[], abstract="",
                           source="openreview"))  # fmt: skip
    assert library.count() == 40
    assert PossibleDuplicate.objects.count() == 15  # of the first six


def test_a_normal_batch_does_not_ask_for_pairs(library):
    records = [make_record(f"Paper {n} of many", arxiv=f"2503.{n:05}") for n in range(1, 20)]
    ingest(*records)
    with CaptureQueriesContext(connection) as captured:
        ingest(*records, make_record(arxiv="2503.00099"))
    assert not any("possibleduplicate" in query["sql"] for query in captured.captured_queries)


# --- deciding --------------------------------------------------------------------------------


@pytest.fixture
def desk(library, client):
    """The client, signed in as a moderator, in a library with one open pair."""
    from django.contrib.auth.models import User

    ingest(preprint(), article(abstract=OTHERS), both("Some third name", abstract=""))
    library.catch_up()
    client.force_login(User.objects.create_superuser("moderator"))
    return client


def test_both_papers_side_by_side(library, desk):
    listed = desk.get(PAIRS).content.decode()
    assert TITLE in listed
    assert "Some third name" in listed
    page = desk.get(f"{PAIRS}1/change/").content.decode()
    for text in (TITLE, "Some third name", WORDS, OTHERS, PREPRINT, ARTICLE, "Ada Lovelace",
                 f"/papers/{library.paper(ARTICLE[4:]).public_id}"):  # fmt: skip
        assert text in page, text
    assert pairs() == [(1, 2, "")]  # looking changes nothing


@pytest.mark.parametrize(("kept", "gone"), [(1, 2), (2, 1)])
def test_one_work(library, desk, kept, gone):
    key = library.save("", library.paper((ARTICLE if gone == 2 else PREPRINT)[4:]).public_id)
    old = Paper.objects.get(id=gone).public_id
    assert desk.post(f"{PAIRS}1/change/", {"decision": str(kept)}).status_code == 302
    assert library.count() == 1
    paper = library.paper(old)
    assert (paper.id, set(paper.identities)) == (kept, {PREPRINT, ARTICLE})
    assert [held.id for held in library.saved(key)[0]] == [kept]
    assert set(Change.objects.order_by("-number").values_list("paper_id", "kind")[:2]) == {
        (kept, "saved"), (gone, "deleted"),
    }  # fmt: skip
    [pair] = PossibleDuplicate.objects.all()
    assert (pair.decision, pair.decided_by, pair.merged) == ("same", "moderator", old)
    assert library.possible_duplicates() == 0
    for record in (preprint(), article(abstract=OTHERS), both("Some third name", abstract="")):
        assert ingest(record).new == 0
    assert desk.get(f"{PAIRS}1/change/").status_code == 200
    assert desk.get(PAIRS, {"state": "decided"}).status_code == 200
    desk.post(f"{PAIRS}1/change/", {"decision": "apart"})  # too late
    assert PossibleDuplicate.objects.get().decision == "same"
    library.catch_up()
    assert library.index_status().indexed == 1


def test_two_works_stay_two(library, desk):
    assert desk.post(f"{PAIRS}1/change/", {"decision": "apart"}).status_code == 302
    # From now on even text that agrees makes them no one work, and nobody is asked again.
    for record in (both(), article(TITLE), preprint(), both(TITLE)):
        counts = ingest(record)
        assert (counts.new, counts.absorbed, counts.queued) == (0, 0, 0)
    assert library.count() == 2
    assert pairs() == [(1, 2, "different")]


def test_a_decision_goes_with_the_paper(library, desk):
    """What was decided about a paper holds for the one that absorbs it."""
    desk.post(f"{PAIRS}1/change/", {"decision": "apart"})
    ids = ["arxiv:2503.00001", PREPRINT]
    ingest(make_record("Named by arXiv otherwise still", arxiv="2503.00001", abstract=WORDS))
    assert ingest(make_record(TITLE, identities=ids, abstract=WORDS)).absorbed == 1
    assert pairs() == [(2, library.paper("2503.00001").id, "different")]


def test_what_a_moderator_merged_stays_merged(library):
    """A record without an identity, which is ambiguous each time it comes."""
    for n in (1, 2):
        ingest(make_record(TITLE, arxiv=f"2503.0000{n}", abstract=WORDS))
    ingest(ambiguous())
    services.merge(1, 1, "moderator")
    assert library.count() == 2
    counts = ingest(ambiguous())
    assert (counts.new, counts.queued) == (0, 0)
    assert (library.count(), library.paper("2503.00001").sources) == (2, ["arxiv", "saved-page"])


@pytest.mark.parametrize("sent", ["", "3", "both", "9" * 30])
def test_a_wrong_decision_changes_nothing(library, desk, sent):
    assert desk.post(f"{PAIRS}1/change/", {"decision": sent}).status_code == 302
    assert (library.count(), pairs()) == (2, [(1, 2, "")])


def test_who_may_decide(library, desk, client):
    from django.contrib.auth.models import Permission, User

    for code, status in ((None, 403), ("view_possibleduplicate", 403),
                         ("change_possibleduplicate", 302)):  # fmt: skip
        user = User.objects.create_user(f"somebody-{code}", is_staff=True)
        if code:
            user.user_permissions.add(Permission.objects.get(codename=code))
        client.force_login(user)
        page = client.get(f"{PAIRS}1/change/")
        assert page.status_code == (200 if code else 403)
        assert (b"keep them apart" in page.content) == (status == 302)
        sent = client.post(f"{PAIRS}1/change/", {"decision": "apart"})
        assert sent.status_code == status
    assert pairs() == [(1, 2, "different")]
    client.logout()
    assert client.get(f"{PAIRS}1/change/").status_code == 302


# --- counting ----------------------------------------------------------------------------------


def test_which_rule_found_how_many(library):
    ingest(make_record(TITLE, identities=["arxiv:2503.00001", ARTICLE, "openreview:x"],
                       abstract=WORDS))  # fmt: skip
    told = [
        make_record(TITLE, arxiv="2503.00001"),
        make_record(TITLE, identities=[ARTICLE], source="crossref"),
        make_record(TITLE, identities=["openreview:x"], source="openreview"),
        make_record(TITLE, source="huggingface"),
        make_record(TITLE, source="saved-page", authors=[], abstract=WORDS),
        make_record(TITLE, source="saved-page", authors=[], abstract=""),
    ]
    for _ in range(2):
        assert ingest(*told).found == {
            "arXiv id": 1, "DOI": 1, "another id": 1, "title and first author": 1,
            "title and abstract": 1, "title alone": 1,
        }  # fmt: skip


# --- taken down --------------------------------------------------------------------------------


@pytest.mark.parametrize("title", [TITLE, "Short"])
@pytest.mark.parametrize("identities", [[], [ARTICLE]])
def test_what_was_taken_down_stays_away(library, client, title, identities):
    def told():
        return make_record(title, source="saved-page", abstract=WORDS, categories=["cs.LG"],
                           announced="2025-03-17", identities=identities, listing=1)  # fmt: skip

    ingest(told())
    public_id = Paper.objects.get().public_id
    key = library.save("", public_id)
    client.cookies[READER] = key
    services.remove([1])
    for _ in range(2):
        assert ingest(told()).unchanged == 1
        again = make_record(title, source="saved-page", abstract="", listing=2)
        if title == TITLE or not identities:
            assert ingest(again).unchanged == 1
    library.catch_up()
    assert (library.count(), library.search("grammars").total) == (0, 0)
    assert library.saved(key)[0] == []
    held = library.paper(public_id)
    assert (held.title, held.abstract, held.authors) == ("", "", [])
    assert library.search("10.1000/article").hits == []
    for address in ("/", "/search?q=grammars", "/day/2025-03-17", "/listings",
                    "/listing/saved-page", f"/papers/{public_id}", f"/papers/{public_id}.bib",
                    "/author/ada-lovelace", "/category/cs.LG", "/saved", "/saved.bib"):  # fmt: skip
        text = client.get(address).content.decode()
        assert title not in text, address
        assert "Grammars" not in text, address


def test_a_short_title_alone_is_not_enough_to_take_down(library):
    ingest(article("Short"))
    services.remove([1])
    counts = ingest(make_record("Short", source="saved-page", abstract=""))
    assert (counts.new, counts.queued) == (1, 1)
