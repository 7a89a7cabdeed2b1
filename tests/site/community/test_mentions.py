"""Papers that comments name."""

import pytest

from papertide.site.community.models import Mention
from tests.fixtures import make_record, today
from tests.site.community.conftest import make_user
from tests.site.helpers import add


@pytest.fixture
def held(library):
    add(library, [
        make_record(f"Paper {n}", arxiv=f"2503.0000{n}", published=str(today())) for n in range(5)
    ])  # fmt: skip
    return library


def hot(library) -> dict[str, dict[str, int]]:
    library._trends.forget()
    found = library.trending("day").papers
    return {one.paper.arxiv[-1]: {part.kind: part.count for part in one.hotness.parts}
            for one in found}  # fmt: skip


def test_a_mention_is_a_signal_while_its_comment_is_shown(held):
    ada, ben, mo = make_user("ada"), make_user("ben"), make_user("mo", "moderator")
    text = (
        "See https://arxiv.org/abs/2503.00001v2, arXiv:2503.00002. and /papers/2503.00003; not "
        "arXiv:2503.00000, which this is, nor arxiv.org/pdf/9999.99999 that is not here, 2503.00004"
    )
    first = held.write_comment(ada.pk, "2503.00000", text, key="a")
    held.write_comment(ada.pk, "2503.00000", "Again: arxiv:2503.00001", key="b")
    held.write_comment(ben.pk, "2503.00000", "arxiv:2503.00001", key="c")
    assert hot(held) == {
        "0": {"comments": 3}, "1": {"mentions": 2}, "2": {"mentions": 1}, "3": {"mentions": 1}
    }  # fmt: skip
    held.decide(mo.pk, f"comment:{first}", "hide", "No")
    assert hot(held) == {"0": {"comments": 2}, "1": {"mentions": 2}}
    held.decide(mo.pk, f"comment:{first}", "restore")
    held.change_comment(ada.pk, first, "Only arXiv:2503.00002")
    assert hot(held)["2"] == {"mentions": 1} and "3" not in hot(held)
    held.delete_comment(ada.pk, first)
    assert "2" not in hot(held)


def test_mentions_of_a_merged_paper_move(held):
    from papertide.site.catalog.signals import absorbed

    ada = make_user("ada")
    held.write_comment(ada.pk, "2503.00000", "arxiv:2503.00001 arxiv:2503.00002", key="a")
    held.write_comment(ada.pk, "2503.00002", "arxiv:2503.00001", key="b")
    numbers = {n: held.paper(f"2503.0000{n}").id for n in (1, 2)}
    absorbed.send(None, old=numbers[1], new=numbers[2])
    [one] = Mention.objects.exclude(paper=numbers[1])
    assert one.paper_id == numbers[2] and one.comment.paper_id != numbers[2]


def test_many_names_are_bounded(held):
    from papertide.site.community import mentions

    ada = make_user("ada")
    number = held.write_comment(ada.pk, "2503.00000", "x", key="a")
    mentions.remember(number, 1, "arxiv:" + "9" * 9_000 + " arxiv:\0 /papers/" + "../" * 500)
    mentions.remember(number, 1, " ".join(f"arxiv:2503.{n:05}" for n in range(9999, -1, -1)))
    assert Mention.objects.count() == 0  # those that are here stand after the tenth
