"""Collections, follows, claims and names, on both databases."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace

import pytest
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.signals import social_account_added
from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone

from papertide.papers import Record
from papertide.results import NotFound, Refused
from papertide.site.accounts.models import AuditEntry
from papertide.site.accounts.signals import exporting
from papertide.site.catalog import services as catalog
from papertide.site.desk import WAITING
from papertide.site.people import claims, collections, following, names
from papertide.site.people.models import Claim, Collection, Follow, Item, JoinedName, NameLink
from tests.fixtures import make_record, today
from tests.site.people.made import user

ORCID = "0000-0001-2345-678X"


def bring(library, *records: Record) -> None:
    for record in records:
        catalog.ingest([record])


def papers(library, *authors: list[str]) -> None:
    """A paper for each list of authors: 2503.00001 and on."""
    bring(library, *(
        make_record(f"Paper number {n}", arxiv=f"2503.{n:05}", authors=list(held),
                    announced=str(today()))
        for n, held in enumerate(authors, 1)
    ))  # fmt: skip


def order(library, number: int) -> list[str]:
    return [one.paper.public_id[-1] for one in library.collected(number)]


def absorb(library) -> None:
    """2503.00001 turns out to be 2503.00002."""
    first, second = library.paper("2503.00001"), library.paper("2503.00002")
    from django.db import transaction

    from papertide.site.catalog import ingest, log

    with transaction.atomic():
        log.lock()
        ingest.merge(second.id, first.id)


# --- collections -----------------------------------------------------------------------------


def test_a_collection_from_its_making_to_its_end(library):
    papers(library, *[["Ada Lovelace"]] * 4)
    ada, bob = user("ada"), user("bob")
    number = library.make_collection(ada.pk, "  On   things\0 ", "About\r\nthem", key="after 0")
    assert library.make_collection(ada.pk, "On things", key="after 0") == number
    assert library.make_collection(ada.pk, "Others", key="after 0") != number
    found = library.collection(number, ada.pk)
    assert (found.title, found.about, found.public) == ("On things", "About\nthem", False)
    for viewer in (None, bob.pk):
        with pytest.raises(NotFound):
            library.collection(number, viewer)
    for n in (1, 2, 3, 4, 2):
        library.collect(ada.pk, number, f"2503.0000{n}", note=f"note {n}")
    assert order(library, number) == ["1", "2", "3", "4"]
    for paper, to, expected in (
        ("4", 1, "4123"), ("4", 1, "4123"), ("4", 3, "1243"), ("1", 99, "2431"), ("3", -5, "3241"),
    ):  # fmt: skip
        library.move_collected(ada.pk, number, f"2503.0000{paper}", to)
        assert "".join(order(library, number)) == expected
    library.take_out(ada.pk, number, "2503.00002")
    library.collect(ada.pk, number, "2503.00002")
    library.move_collected(ada.pk, number, "2503.00002", 2)
    assert "".join(order(library, number)) == "3241"
    library.annotate(ada.pk, number, "2503.00003", "a\tb")
    assert library.collected(number)[0].note == "a\tb"
    for refused in (
        lambda: library.collect(bob.pk, number, "2503.00001"),
        lambda: library.move_collected(bob.pk, number, "2503.00001", 1),
        lambda: library.annotate(bob.pk, number, "2503.00001", "x"),
        lambda: library.take_out(bob.pk, number, "2503.00001"),
        lambda: library.change_collection(bob.pk, number, "mine"),
        lambda: library.remove_collection(bob.pk, number),
        lambda: library.collect(ada.pk, number, "2503.99999"),
        lambda: library.move_collected(ada.pk, 10**30, "2503.00001", 1),
    ):
        with pytest.raises(NotFound):
            refused()
    library.change_collection(ada.pk, number, "New", public=True)
    assert library.collection(number).title == "New"
    library.follow(bob.pk, "collection", str(number))
    assert library.collections(order="followed")[0][0].followers == 1
    assert library.collections_of(ada.pk, bob.pk)[0].id == number
    paper = library.paper("2503.00003")
    assert [one.id for one in library.collections_with(ada.pk, paper) if one.has] == [number]
    assert library.export_collection(number, "ris").count("ER  - ") == 4
    told = exporting.send(None, user_id=ada.pk, reader_key="")
    kept = dict(pair for _, rows in told for pair in rows.items())
    assert [one["paper"][-1] for one in kept["collections"][0]["papers"]] == list("3241")
    json.dumps(kept)
    library.remove_collection(ada.pk, number)
    assert Item.objects.count() == Follow.objects.count() == 0


def test_bounds_are_told(library, monkeypatch):
    papers(library, ["Ada Lovelace"], ["Ada Lovelace"])
    ada = user("ada")
    number = library.make_collection(ada.pk, "One")
    monkeypatch.setattr(collections, "MOST_COLLECTIONS", 1)
    monkeypatch.setattr(collections, "MOST_PAPERS", 1)
    monkeypatch.setattr(following, "MOST_FOLLOWED", 0)
    library.collect(ada.pk, number, "2503.00001")
    for refused, says in (
        (lambda: library.make_collection(ada.pk, "Two"), "all there is room for"),
        (lambda: library.collect(ada.pk, number, "2503.00002"), "all there is room for"),
        (lambda: library.make_collection(ada.pk, " \0 "), "missing"),
        (lambda: library.change_collection(ada.pk, number, "x" * 121), "121 characters"),
        (lambda: library.annotate(ada.pk, number, "2503.00001", "x" * 501), "501 characters"),
        (lambda: library.follow(ada.pk, "author", "ada-lovelace"), "all there is room for"),
        (lambda: library.follow(ada.pk, "person", "ada"), "That is you"),
    ):
        with pytest.raises(Refused, match=says):
            refused()


def test_a_merged_paper_moves_everywhere(library):
    papers(library, ["Ada Lovelace"], ["Ada Lovelace"], ["Bob Ray"])
    ada = user("ada")
    both, one = library.make_collection(ada.pk, "Both"), library.make_collection(ada.pk, "One")
    for n in (1, 3, 2):
        library.collect(ada.pk, both, f"2503.0000{n}", note=f"note {n}")
    library.collect(ada.pk, one, "2503.00001", note="alone")
    library.claim(ada.pk, "2503.00001", 0, "mine")
    absorb(library)
    assert order(library, both) == ["2", "3"]
    assert library.collected(both)[0].note == "note 1\nnote 2"
    [held] = library.collected(one)
    assert (held.paper.public_id, held.note) == ("2503.00002", "alone")
    assert Claim.objects.get().paper_id == library.paper("2503.00002").id


def together(*jobs) -> None:
    """Do things at once, each on a connection of its own."""

    def run(job):
        try:
            job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as threads:
        for done in [threads.submit(run, job) for job in jobs]:
            done.result()


def test_two_tabs_at_once_lose_nothing(library):
    papers(library, *[["Ada Lovelace"]] * 8)
    ada = user("ada").pk
    made = []
    together(*[lambda: made.append(library.make_collection(ada, "Once", key="k"))] * 4)
    assert len(set(made)) == 1
    [number] = set(made)
    together(*(
        lambda n=n: library.collect(ada, number, f"2503.{n:05}") for n in (1, 2, 3, 4, 5, 6, 1, 2)
    ))  # fmt: skip
    assert sorted(order(library, number)) == list("123456")
    together(
        lambda: library.move_collected(ada, number, "2503.00001", 6),
        lambda: library.move_collected(ada, number, "2503.00002", 1),
        lambda: library.collect(ada, number, "2503.00007"),
        lambda: library.annotate(ada, number, "2503.00003", "kept"),
        lambda: library.follow(ada, "author", "ada-lovelace"),
        lambda: library.follow(ada, "author", "ada-lovelace"),
    )
    assert sorted(order(library, number)) == list("1234567")
    positions = list(Item.objects.values_list("position", flat=True))
    assert len(set(positions)) == 7
    assert Item.objects.get(note="kept").paper.public_id == "2503.00003"
    assert Follow.objects.count() == 1
    first, second = user("bob").pk, user("cy").pk
    moderator = user("mod", "moderator").pk
    held = [library.claim(one, "2503.00001", 0).id for one in (first, second)]
    together(*(lambda n=n: accepted(library, n, moderator) for n in held))
    assert Claim.objects.filter(state="accepted").count() == 1


def accepted(library, number: int, moderator: int) -> None:
    with suppress(Refused):
        library.decide_claim(number, True, moderator)


# --- following -------------------------------------------------------------------------------


def test_following_and_what_is_new(library):
    papers(library, ["Ada Lovelace", "Bob Ray"], ["Cy Dee"], ["J. O. Kay"])
    ada, bob = user("ada"), user("bob", name="Bob")
    number = library.make_collection(bob.pk, "Good ones", public=True)
    library.collect(bob.pk, number, "2503.00002")
    for _ in range(2):
        library.follow(ada.pk, "author", "bob-ray")
        library.follow(ada.pk, "collection", str(number))
        library.follow(ada.pk, "person", "bob")
    assert Follow.objects.filter(user=ada).count() == 3
    new, total = library.news(ada.pk)
    assert total == 2
    assert {one.paper.public_id[-1]: one.events[0].said for one in new} == {
        "1": "by Bob Ray", "2": "in Good ones",
    }  # fmt: skip
    assert [one.label for one in library.followed(ada.pk)] == ["Bob", "Good ones", "Bob Ray"]
    for kind, target in (
        ("person", "nobody"), ("collection", "0"), ("collection", "x\0"), ("author", "no-one"),
        ("", ""), ("paper", "2503.00001"), ("collection", "9" * 40),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            library.follow(ada.pk, kind, target)
        library.unfollow(ada.pk, kind, target)
    library.change_collection(bob.pk, number, "Good ones", public=False)
    assert library.news(ada.pk)[1] == 1
    library.unfollow(ada.pk, "author", "bob-ray")
    assert library.news(ada.pk) == ([], 0)
    bob.delete()
    assert Follow.objects.count() == 0


# --- claims ----------------------------------------------------------------------------------


def test_an_orcid_that_the_paper_names_is_known_at_once(library):
    bring(library, make_record(
        "By orcid", arxiv="2503.00001", authors=["A. Lee", "Bo Lee"],
        extra={"crossref": {"orcids": [f"{ORCID} Ann Lee", "junk", 3]}},
    ))  # fmt: skip
    ann, eve = user("ann"), user("eve")
    SocialAccount.objects.create(user=ann, provider="orcid", uid=ORCID)
    assert library.claim(eve.pk, "2503.00001", 0).state == "waiting"
    assert library.claim(ann.pk, "2503.00001", 1).state == "waiting"  # not that one
    assert library.claim(ann.pk, "2503.00001", 0).accepted
    assert library.claim(ann.pk, "2503.00001", 0).orcid == ORCID
    [waits] = library.claims_to_decide()[0]
    assert (waits.handle, waits.first) == ("eve", "ann")
    moderator = user("mod", "moderator")
    with pytest.raises(Refused, match="Somebody else"):
        library.decide_claim(waits.id, True, moderator.pk)
    library.withdraw_claim(ann.pk, "2503.00001")
    assert library.decide_claim(waits.id, True, moderator.pk).accepted
    assert library.claim(ann.pk, "2503.00001", 0).state == "waiting"  # eve was first
    assert library.claims_on(library.paper("2503.00001"))[0].handle == "eve"


def test_what_waits_is_accepted_by_an_orcid_that_comes_later(library):
    bring(library, make_record(
        "By orcid", arxiv="2503.00001", authors=["A. Lee", "Bo Lee"],
        extra={"openalex": {"orcids": [f"{ORCID} Ann Lee"]}},
    ))  # fmt: skip
    ann, eve = user("ann"), user("eve")
    for one, position in ((ann, 0), (eve, 1)):
        assert library.claim(one.pk, "2503.00001", position).state == "waiting"
        uid = ORCID if one == ann else "0000-0002-0000-0000"
        SocialAccount.objects.create(user=one, provider="orcid", uid=uid)
        social_account_added.send(None, request=None, sociallogin=SimpleNamespace(user=one))
    assert dict(Claim.objects.values_list("user__username", "state")) == {
        "ann": "accepted", "eve": "waiting",
    }  # fmt: skip


def test_an_orcid_that_several_names_fit_tells_nothing(library):
    bring(library, make_record(
        "By orcid", arxiv="2503.00001", authors=["Ann Lee", "Amy Lee"],
        extra={"openalex": {"orcids": [f"{ORCID} A. Lee"]}},
    ))  # fmt: skip
    ann = user("ann")
    SocialAccount.objects.create(user=ann, provider="orcid", uid=ORCID)
    assert library.claim(ann.pk, "2503.00001", 0).state == "waiting"


def test_a_refused_claim_rests(library):
    papers(library, ["Ada Lovelace"])
    ada, moderator = user("ada"), user("mod", "moderator")
    waiting = {one.page: one.count for one in WAITING}["moderation-claims"]
    made = library.claim(ada.pk, "2503.00001", 0, "<script>")
    assert waiting() == 1
    with pytest.raises(Refused, match="missing"):
        library.decide_claim(made.id, False, moderator.pk, " ")
    library.decide_claim(made.id, False, moderator.pk, "not you")
    assert waiting() == 0
    library.withdraw_claim(ada.pk, "2503.00001")
    with pytest.raises(Refused, match="again from"):
        library.claim(ada.pk, "2503.00001", 0)
    Claim.objects.update(decided=timezone.now() - timedelta(31))
    assert library.claim(ada.pk, "2503.00001", 0).state == "waiting"
    assert [one.action for one in AuditEntry.objects.all()] == ["refuse claim"]
    for position in (-1, 1, 10**9):
        with pytest.raises(NotFound):
            library.claim(ada.pk, "2503.00001", position)


def test_claims_under_two_spellings_join_them(library):
    papers(library, ["J. Smith"], ["John Smith"], ["Mary Major"])
    john, moderator = user("john"), user("mod", "moderator")
    for n in (1, 2, 3):
        made = library.claim(john.pk, f"2503.0000{n}", 0)
        library.decide_claim(made.id, True, moderator.pk)
    name, found, total = library.author("j-smith")
    assert (name, total, len(found)) == ("J. Smith", 2, 2)
    also, claimed = library.author_known(library.same_author("john-smith"))
    assert also == [("j-smith", "J. Smith")] and claimed == [("john", "")]
    # two given names that are both written out wait for a moderator
    pairs, total = library.doubtful_names()
    assert total == 2 and all("mary-major" in (one.first, one.second) for one in pairs)
    assert len(library.claims_decided()) == library.claims_of(john.pk)[1] == 3
    library.withdraw_claim(john.pk, "2503.00001")
    assert library.author("j-smith")[2] == 1
    library.decide_names("j-smith", "john-smith", True, moderator.pk)
    john.delete()
    assert library.author("j-smith")[2] == 2 and library.doubtful_names()[1] == 0


# --- names -----------------------------------------------------------------------------------


def test_names_are_joined_where_that_is_sure(library):
    papers(
        library, ["Chun-Yang Wang", "Ann Bo", "Cy Dee"], ["Chunyang Wang"], ["Wang, Chunyang"],
        ["Wang Chunyang", "Ann Bo", "Cy Dee"], ["C. Wang", "Ann Bo", "Cy Dee"],
        ["Chaoyang Wang", "Ann Bo", "Cy Dee"], ["Zhen Li", "Ann Bo"], ["Li Zhen", "Ann Bo"],
        ["Bo-Lin Xu", "Bolin Xu", "B. Xu", "Ann Bo", "Cy Dee"],
    )  # fmt: skip
    assert library.join_names() and library.join_names() == 0
    joined = {"chun-yang-wang", "chunyang-wang", "wang-chunyang"}
    assert set(library.same_author("chunyang-wang")) == joined
    assert library.same_author("zhen-li") == ["zhen-li"]  # one co-author is not enough
    assert library.same_author("bolin-xu") == ["bolin-xu"]  # they wrote a paper together
    pairs, _ = library.doubtful_names()
    assert {frozenset((one.first, one.second)) for one in pairs} >= {
        frozenset(("c-wang", "chun-yang-wang")), frozenset(("c-wang", "chaoyang-wang")),
    }  # fmt: skip
    assert not any({one.first, one.second} <= joined | {"chaoyang-wang"} for one in pairs)
    assert not any("xu" in one.first for one in pairs)
    library.follow(user("ada").pk, "author", "chun-yang-wang")
    assert library.news(get_user_model().objects.get(username="ada").pk)[1] == 4


def test_moderators_join_and_split(library):
    papers(library, ["J. Smith"], ["John Smith"], ["James Smith"], ["Joan Major"])
    moderator = user("mod", "moderator").pk
    library.decide_names("j-smith", "john-smith", True, moderator, "his page")
    library.decide_names("joan-major", "john-smith", True, moderator, "a new name")
    assert library.author("joan-major")[2] == 3
    library.decide_names("john-smith", "james-smith", False, moderator)
    with pytest.raises(Refused, match="told apart"):
        library.decide_names("james-smith", "joan-major", True, moderator)
    library.split_name("joan-major", moderator, "a mistake")
    assert library.author("joan-major")[2] == 1 and library.author("j-smith")[2] == 2
    assert library.join_names() and library.author("joan-major")[2] == 1
    assert AuditEntry.objects.filter(action="join names").count() == 2
    assert NameLink.objects.filter(decision="different").count() == 3
    assert library.decided_names()[0].by == "mod"
    for wrong in (
        lambda: library.decide_names("j-smith", "nobody", True, moderator),
        lambda: library.split_name("joan-major", moderator),
    ):
        with pytest.raises(NotFound):
            wrong()
    with pytest.raises(Refused):
        library.decide_names("j-smith", "j-smith", True, moderator)
    catalog.remove([library.paper("2503.00001").id])
    with pytest.raises(NotFound, match="removed"):
        library.collect(moderator, library.make_collection(moderator, "One"), "2503.00001")


def test_an_account_that_goes_leaves_nothing(library):
    papers(library, ["Ada Lovelace"])
    ada = user("ada")
    number = library.make_collection(ada.pk, "Mine")
    library.collect(ada.pk, number, "2503.00001")
    library.claim(ada.pk, "2503.00001", 0)
    library.follow(ada.pk, "author", "ada-lovelace")
    library.show_follows(ada.pk, True)
    ada.delete()
    kinds = (Collection, Item, Claim, Follow, JoinedName, NameLink)
    assert [kind.objects.count() for kind in kinds] == [0] * len(kinds)
    with pytest.raises(NotFound):
        library.person("ada")
    assert claims.waiting() == names.waiting() == 0
