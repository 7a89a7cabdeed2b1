"""Records into the catalogue: who merges with whom, what is written, what is logged."""

import threading

import pytest
from django.db import connection

from papertide.papers import Announcement as Announced
from papertide.papers import ListingPlace, Version
from papertide.site.catalog import log, services
from papertide.site.catalog.models import (
    Announcement,
    Author,
    Authorship,
    Change,
    Identity,
    Paper,
    Redirect,
)
from tests.fixtures import make_record


def ingest(*records):
    return services.ingest(list(records))


def test_new_changed_unchanged(library):
    def both():
        another = make_record("Another thing", arxiv="2503.00002")
        return ingest(make_record(arxiv="2503.00001"), another)

    first = both()
    assert (first.new, first.changed, first.unchanged) == (2, 0, 0)
    again = both()
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
    later = ingest(make_record("A better title", arxiv="2503.00001", as_of="2025-04-01"))
    assert (later.new, later.changed, later.unchanged) == (0, 1, 0)
    assert library.paper("2503.00001").title == "A better title"
    assert list(Change.objects.values_list("paper_id", "kind").order_by("number")) == [
        (1, "saved"), (2, "saved"), (1, "saved"),
    ]  # fmt: skip


def test_the_same_paper_twice_in_one_batch(library):
    counts = ingest(
        make_record(arxiv="2503.00001"),
        make_record(arxiv="2503.00001", versions=[Version(2, "2025-04-01")]),
    )
    assert (counts.new, counts.changed) == (1, 1)
    assert library.count() == 1
    assert library.paper("2503.00001").versions == [Version(2, "2025-04-01")]
    assert Change.objects.count() == 1  # one row, one change


def test_a_page_and_arxiv_are_one_paper_in_either_order(library):
    title = "Contrastive learning of many different things"
    ingest(make_record(title, source="saved-page", as_of="", authors=[]))
    old = Paper.objects.get().public_id
    ingest(make_record(title.upper(), arxiv="2503.00001"))
    paper = library.paper("2503.00001")
    assert paper.sources == ["arxiv", "saved-page"]
    assert paper.title == title.upper()  # arXiv knows better than a page
    assert library.count() == 1
    assert old != "2503.00001"
    assert library.paper(old).public_id == "2503.00001"  # the old address leads there
    ingest(make_record(title, source="saved-page", as_of="", authors=[]))
    assert library.count() == 1


def test_part_one_and_part_two_are_two(library):
    title = "The mystery of scaling laws, part {}"
    for part in ("I", "II"):
        ingest(make_record(title.format(part), source="saved-page", authors=[]))
    assert library.count() == 2


def test_two_arxiv_papers_with_one_title_or_doi_stay_two(library):
    same = {"title": "Parsing with typed feature structures", "authors": ["Shuly Wintner"]}
    ingest(
        make_record(**same, identities=["arxiv:cmp-lg/9601010", "doi:10.1000/x"]),
        make_record(**same, identities=["arxiv:cmp-lg/9601011", "doi:10.1000/x"]),
    )
    assert library.count() == 2
    # A record that could be either is neither: nothing is guessed.
    ingest(make_record(same["title"], source="saved-page", authors=[], abstract="Other words."))
    assert library.count() == 3
    ingest(make_record(same["title"], source="saved-page", authors=[], abstract="Other words."))
    assert library.count() == 3


def test_an_arxiv_record_joins_a_doi_paper_and_a_title_paper(library):
    title = "One work told of by three sources at least"
    ingest(make_record(title, source="crossref", identities=["doi:10.1000/x"]))
    ingest(make_record(title, source="saved-page", authors=[]))
    assert library.count() == 1
    ingest(make_record(title, identities=["arxiv:2503.00001", "doi:10.1000/x"]))
    paper = library.paper("10.1000/x")
    assert library.count() == 1
    assert (paper.public_id, len(paper.sources)) == ("2503.00001", 3)


def test_a_paper_absorbed_keeps_its_address_and_its_place(library):
    title = "A work that changed its name between versions"
    place = ListingPlace(key="page:1", source="saved-page", title="Daily Papers", position=7)
    ingest(make_record(title, source="saved-page", authors=[], listing=place))
    ingest(make_record("Its first name was this one", arxiv="2503.00001"))
    lonely = Paper.objects.get(public_id__startswith="a-work").public_id
    assert library.count() == 2
    ingest(make_record(title, arxiv="2503.00001", as_of="2025-05-01"))
    assert library.count() == 1
    assert library.paper(lonely).public_id == "2503.00001"
    [place] = library.listings_of(library.paper("2503.00001"))
    assert (place.listing.title, place.position, place.votes) == ("Daily Papers", 7, None)
    kinds = list(Change.objects.order_by("number").values_list("kind", flat=True))
    assert kinds == ["saved", "saved", "saved", "deleted"]
    library.catch_up()
    assert library.index_status().indexed == 1


def test_two_papers_never_get_one_public_id(library):
    title = "A title that two different works have got"
    one = "Grammars of unification are compiled into automata whose states are types."
    two = "Speech recognisers profit from syntax when their lattices are rescored by parsers."
    ingest(make_record(title, source="saved-page", authors=[], abstract=one))
    ingest(make_record(title, arxiv="2503.00001", abstract=one))  # the old id leads there now
    for _ in range(2):
        ingest(make_record(title, source="saved-page", authors=[], abstract=two))
    held = sorted(Paper.objects.values_list("public_id", flat=True))
    assert len(set(held)) == len(held) == 2
    assert held[1].endswith("-2")


def test_a_paper_is_found_by_the_titles_it_had(library):
    def page():
        return make_record("The name it had on the page of that day", source="saved-page",
                           authors=[], abstract=words)  # fmt: skip

    words = "We study many different things and report what was found about them."
    ingest(page())
    ingest(make_record("The name it had on the page of that day", arxiv="2503.00001"))
    ingest(make_record("Renamed by its authors since", arxiv="2503.00001", as_of="2025-09-09"))
    assert ingest(page()).new == 0
    services.edit(1, {"title": "Renamed by a moderator once more"})
    assert ingest(page()).new == 0
    late = make_record("Renamed by its authors since", source="saved-page", authors=[])
    assert ingest(late).new == 0
    assert library.count() == 1


def test_one_title_and_another_abstract_is_another_paper(library):
    title = "Parsing with typed feature structures"
    mine = "Grammars of unification are compiled into automata whose states are types."
    other = "Speech recognisers profit from syntax when their lattices are rescored by parsers."
    page = {"source": "saved-page", "authors": [], "abstract": mine}
    ingest(make_record(title, **page))
    ingest(
        make_record(title, arxiv="2503.00001", abstract=other),
        make_record(title, arxiv="2503.00002", abstract=mine + " They are fast."),
    )
    assert ingest(make_record(title, **page)).unchanged == 1
    assert library.count() == 2
    assert library.paper("2503.00002").sources == ["arxiv", "saved-page"]


def test_a_paper_with_two_arxiv_ids_is_found_by_both(library):
    ingest(make_record(identities=["arxiv:2401.00001", "arxiv:2401.00002"]))
    assert library.paper("2401.00002").public_id == "2401.00001"


def test_father_and_son_of_one_name_wrote_one_paper(library):
    ingest(make_record(arxiv="2503.00001", authors=["Iztok Fister", "Iztok Fister"]))
    _, papers, total = library.author("iztok-fister")
    assert (len(papers), total) == (1, 1)


def test_authors_in_order_and_by_name(library):
    ingest(make_record(arxiv="2503.00001", authors=["Zoë Brontë", "Ada Lovelace", "Li Wei"]))
    assert library.paper("2503.00001").authors == ["Zoë Brontë", "Ada Lovelace", "Li Wei"]
    name, papers, total = library.author("zoe-bronte")
    assert (name, [p.public_id for p in papers], total) == ("Zoë Brontë", ["2503.00001"], 1)
    ingest(make_record(arxiv="2503.00001", authors=["Li Wei", "Ada Lovelace"], as_of="2026-01-01"))
    order = Authorship.objects.order_by("position").values_list("author__slug", flat=True)
    assert list(order) == ["li-wei", "ada-lovelace"]
    assert Author.objects.count() == 3


def test_three_thousand_authors_and_one_who_stands_twice(library):
    authors = [f"Author Number{n}" for n in range(3000)] + ["Author Number7"]
    ingest(make_record(arxiv="2503.00001", authors=authors))
    assert len(library.paper("2503.00001").authors) == 3001
    assert library.author("author-number7")[2] >= 1


def test_listings_keep_order_votes_and_year(library):
    def place(position, votes=None, date="--03-17"):
        return ListingPlace(key="k", source="huggingface", title="Daily", date=date,
                            position=position, votes=votes)  # fmt: skip

    ingest(
        make_record("Second paper of the list", arxiv="2503.00002", listing=place(2, 5)),
        make_record("First paper of the list", arxiv="2503.00001", listing=place(1, 9)),
        make_record("First paper of the list", arxiv="2503.00001", listing=place(3, 12)),
    )
    [listing] = library.listings()
    assert (listing.count, listing.date) == (2, "--03-17")
    held = [(e.paper.public_id, e.position, e.votes) for e in library.entries(listing.id)]
    assert held == [("2503.00001", 1, 12), ("2503.00002", 2, 5)]
    ingest(make_record("First paper of the list", arxiv="2503.00001", listing=place(1, 8)))
    ingest(make_record("First paper of the list", arxiv="2503.00001",
                       listing=place(1, 8, "2025-03-17")))  # fmt: skip
    [listing] = library.listings()
    assert listing.date == "2025-03-17"
    assert library.entries(listing.id)[0].votes == 12  # counts only grow


def test_a_listing_whose_source_shows_votes_is_ordered_by_them(library):
    def place(votes):
        return ListingPlace(key="k", source="huggingface", title="Daily", votes=votes)

    for n, votes in ((1, 3), (2, 30), (3, 12)):
        ingest(make_record(f"Paper {n} of this list", arxiv=f"2503.0000{n}", listing=place(votes)))
    [listing] = library.listings()
    held = [(e.position, e.paper.public_id, e.votes) for e in library.entries(listing.id)]
    assert held == [(1, "2503.00002", 30), (2, "2503.00003", 12), (3, "2503.00001", 3)]


def test_a_batch_is_all_or_nothing(library):
    broken = make_record("Broken", arxiv="2503.00002")
    broken.paper.links = [object()]  # cannot be stored
    with pytest.raises(TypeError):
        ingest(make_record(arxiv="2503.00001"), broken)
    assert library.count() == 0
    assert Identity.objects.count() == Change.objects.count() == Redirect.objects.count() == 0


def test_a_moderator_is_believed_above_every_source(library):
    ingest(make_record(arxiv="2503.00001"))
    services.edit(1, {"title": "Mended by hand", "authors": ["Grace Hopper"]})
    ingest(make_record("Again the old one", arxiv="2503.00001", as_of="2030-01-01"))
    paper = library.paper("2503.00001")
    assert (paper.title, paper.authors) == ("Mended by hand", ["Grace Hopper"])
    services.edit(1, {"abstract": ""})
    ingest(make_record(arxiv="2503.00001", as_of="2031-01-01"))
    assert library.paper("2503.00001").abstract == ""  # emptied by hand it stays empty
    assert library.author("grace-hopper")[2] == 1
    services.remove([1])
    library.catch_up()
    assert library.count() == library.index_status().indexed == 0


def test_the_log_is_pruned_below_the_slowest_reader(library):
    ingest(*(make_record(f"Paper number {n}", arxiv=f"2503.0000{n}") for n in range(1, 6)))
    log.read_up_to("fast", 5)
    log.read_up_to("slow", 3)
    assert log.prune() == 2
    assert log.oldest() == 3
    log.read_up_to("slow", 5)
    log.prune()
    assert (log.oldest(), log.last()) == (5, 5)  # the last one stays: it says how far we are


def test_queries_per_batch_do_not_grow(library):
    from django.test.utils import CaptureQueriesContext

    def queries(start, count):
        records = [
            make_record(f"Paper {n} of many", arxiv=f"2503.{n:05}", listing=n)
            for n in range(start, start + count)
        ]
        with CaptureQueriesContext(connection) as captured:
            ingest(*records)
        # executemany is logged as one entry
        return len(captured)

    queries(1, 1)  # makes the listing
    assert queries(10, 2) == queries(100, 50)


def test_two_writers_crosswise_leave_no_gap_behind_a_reader(library):
    """A reader never passes a change that is committed after it was passed.

    Two threads write at once, in transactions that overlap; a reader follows the log all the
    while. What it read must be, in the end, all there is, in order.
    """
    from django.db import connections

    seen, stop = [], threading.Event()
    errors = []

    def write(who: int) -> None:
        try:
            for n in range(30):
                ingest(make_record(f"Paper {n} by {who}", arxiv=f"250{who}.{n:05}"))
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    def read() -> None:
        try:
            at = 0
            while True:
                last_round = stop.is_set()
                for number, *_ in log.after(at, 1000):
                    seen.append(number)
                    at = number
                if last_round:
                    return
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(who,)) for who in (1, 2)]
    for thread in (reader, *writers):
        thread.start()
    for writer in writers:
        writer.join()
    stop.set()
    reader.join()
    assert not errors
    assert seen == list(Change.objects.order_by("number").values_list("number", flat=True))
    assert len(seen) == 60


def announced(arxiv: str, *told: tuple[str, str, str]):
    record = make_record("Told of " + arxiv, arxiv=arxiv)
    record.announcements = [Announced(day=day, kind=k, category=c) for day, k, c in told]
    return record


def test_announcements_are_kept_once_and_the_first_as_new_is_the_day(library):
    rows = [("2025-03-18", "cross", "cs.CL"), ("2025-03-18", "new", "cs.LG")]
    for _ in range(2):
        replaced = announced("2503.00002", ("2025-03-17", "replace", ""))
        ingest(announced("2503.00001", *rows), replaced)
    ingest(announced("2503.00001", ("2025-03-20", "replace", "cs.LG"), ("someday", "new", "")))
    paper = library.paper("2503.00001")
    assert paper.announced == "2025-03-18"
    assert library.paper("2503.00002").announced == ""
    held = Announcement.objects.filter(paper=paper.id).order_by("day", "kind")
    rows.append(("2025-03-20", "replace", "cs.LG"))
    assert [(str(a.day), a.kind, a.category) for a in held] == rows


def test_a_deleted_record_removes_its_paper_and_one_that_is_yet_to_come(library):
    gone = [make_record("", arxiv=f"2503.0000{n}", abstract="", authors=[], status="removed",
                        as_of="2025-03-20") for n in (1, 2)]  # fmt: skip
    ingest(make_record("One that is to be removed again", arxiv="2503.00001", listing=1))
    ingest(*gone)
    told = make_record("Two that was removed", arxiv="2503.00002", as_of="2026-01-01", listing=2)
    page = make_record("One that is to be removed again", source="saved-page", authors=[])
    ingest(told, page)
    assert library.count() == 0
    assert all(library.paper(f"2503.0000{n}").readable_title == "(removed)" for n in (1, 2))
    assert library.entries(library.listings()[0].id) == []
    assert set(Change.objects.values_list("paper_id", "kind")) >= {(1, "saved"), (1, "deleted")}
    assert not Authorship.objects.exists()


def test_what_records_told_is_counted_by_day(library):
    later = make_record(arxiv="2503.00002", as_of="2025-03-19")
    both = [make_record("Another thing", arxiv="2503.00001"), later]
    assert services.ingest(both).told == {"2025-03-18": 1, "2025-03-19": 1}
    assert services.ingest(both).told == {}
