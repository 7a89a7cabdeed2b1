"""Where the parts meet: what one does shows in another."""

import pytest

from papertide.results import NotFound, Refused
from tests.fixtures import make_record, today
from tests.site.community.conftest import make_user
from tests.site.helpers import add


@pytest.fixture
def held(library):
    add(library, [
        make_record(f"Paper {n}", arxiv=f"2503.0000{n}", published=str(today())) for n in range(3)
    ])  # fmt: skip
    return library


def test_picks_of_followed_curators_are_news(held):
    ada, ben = make_user("ada", "curator"), make_user("ben")
    held.pick(ada.pk, "2503.00001", line="Read this.")
    assert held.news(ben.pk) == ([], 0)
    held.follow(ben.pk, "person", "ada")
    [new], _ = held.news(ben.pk)
    assert (new.paper.arxiv, [event.said for event in new.events]) == (
        "2503.00001", ["picked by @ada"]
    )  # fmt: skip


def test_a_reported_collection_is_made_private_and_restored(held):
    ada, ben, moderator = make_user("ada"), make_user("ben"), make_user("mo", "moderator")
    number = held.make_collection(ada.pk, "Buy now", public=True)
    held.collect(ada.pk, number, "2503.00001")
    target = f"collection:{number}"
    held.report(ben.pk, target, "spam")
    with pytest.raises(Refused):
        held.decide(moderator.pk, target, "hide", "")
    held.decide(moderator.pk, target, "hide", "Advertising")
    with pytest.raises(NotFound):
        held.collection(number, ben.pk)
    assert not held.collection(number, ada.pk).public
    with pytest.raises(Refused, match="Advertising"):
        held.change_collection(ada.pk, number, "Buy now", "", public=True)
    assert [one.text for one in held.notices(ada.pk)[0]] == [
        "A moderator made your collection “Buy now” private: Advertising"
    ]
    assert len(held.notices(ben.pk)[0]) == 1  # what became of the report
    held.decide(moderator.pk, target, "restore")
    assert held.collection(number, ben.pk).public
    assert {entry.action for entry in held.audit_log()[0]} == {
        "hide collection", "restore collection"
    }  # fmt: skip


def test_a_private_collection_cannot_be_reported(held):
    ada, ben = make_user("ada"), make_user("ben")
    number = held.make_collection(ada.pk, "Mine alone")
    with pytest.raises(NotFound):
        held.report(ben.pk, f"collection:{number}", "spam")


def test_decisions_are_told(held):
    ada, moderator = make_user("ada"), make_user("mo", "moderator")
    claim = held.claim(ada.pk, "2503.00001", 0, "It is on my page.")
    held.decide_claim(claim.id, False, moderator.pk, "No such page")
    submitted = held.submit(ada.pk, "2503.00002")
    assert submitted.state == "review"
    told = [one.text for one in held.notices(ada.pk)[0]]
    assert told == ["Your claim to be Ada Lovelace of a paper was refused. No such page"]
    held.review_submission(moderator.pk, submitted.id, accept=False, reason="Not of this field")
    assert "declined: Not of this field" in held.notices(ada.pk)[0][0].text
