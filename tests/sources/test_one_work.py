"""One work that several sources tell of is one paper, whichever comes first."""

import itertools

import pytest

from papertide.sources import acl, arxiv, biorxiv, huggingface, openreview

TITLE = "Parsing the Unparsable with Very Large Trees"
ABSTRACT = (
    "Parsing unparsable sentences remains difficult despite large grammars. We introduce trees "
    "whose branches are learned jointly, evaluate them across fourteen treebanks, and report "
    "considerable improvements over previous approaches."
)


def told(source: str):
    """What a source tells of the work; only arXiv and Hugging Face know its arXiv id."""
    if source == "arxiv":
        return arxiv.archive_row({
            "id": "2503.11731", "title": TITLE, "abstract": ABSTRACT,
            "authors": "Ann B. Lee, Bo Ek",
            "date": "2025-03-14", "primary_cat": "cs.CL", "categories": ["cs.CL"],
        })  # fmt: skip
    if source == "huggingface":
        return huggingface.daily_row({
            "id": "2503.11731", "title": TITLE, "abstract": ABSTRACT, "upvotes": 7,
            "authors": ["Ann B. Lee", "Bo Ek"], "list_date": "2025-03-17",
        })  # fmt: skip
    if source == "acl":
        [record] = acl.collection(f"""<collection id="2025.acl"><volume id="long"
            ingest-date="2025-07-01"><meta><booktitle>Proceedings</booktitle><year>2025</year></meta>
            <paper id="7"><title>{TITLE}</title><author><first>Ann</first><last>Lee</last></author>
            <author><first>Bo</first><last>Ek</last></author><url>2025.acl-long.7</url>
            <doi>10.18653/v1/2025.acl-long.7</doi></paper></volume></collection>""".encode())
        return record
    return openreview.note({
        "id": "abcdEFGH12", "cdate": 1_741_651_200_000, "tmdate": 1_741_651_200_000,
        "content": {"title": {"value": TITLE}, "abstract": {"value": ABSTRACT},
                    "authors": {"value": ["Ann Lee", "Bo Ek"] if source == "openreview" else None},
                    "venueid": {"value": "X.org/2025/Submission"}},
    })  # fmt: skip


@pytest.fixture
def services(library):
    from papertide.site.catalog import services

    return services


def test_four_sources_tell_of_one_paper(services):
    from papertide.site.catalog.models import Paper

    orders = itertools.permutations(("arxiv", "huggingface", "acl", "openreview"))
    for order in [*orders, ("anonymous", "huggingface", "arxiv", "acl")]:
        Paper.objects.all().delete()
        for source in order:
            services.ingest([told(source)])
        assert Paper.objects.count() == 1, order
        paper = services.find("2503.11731")
        assert paper.sources == ["acl", "arxiv", "huggingface", "openreview"]
        assert sorted(paper.identities) == [
            "acl:2025.acl-long.7", "arxiv:2503.11731", "doi:10.18653/v1/2025.acl-long.7",
            "openreview:abcdEFGH12",
        ]  # fmt: skip


ROW = {"doi": "10.1101/2024.12.31.630767", "title": TITLE, "authors": "Lee, A.; Ek, B.",
       "date": "2025-01-01", "version": "1", "abstract": ABSTRACT, "published": "NA"}  # fmt: skip


def test_a_preprint_and_its_article(services):
    from papertide.site.catalog.models import Paper

    later = ROW | {"version": "2", "date": "2025-03-01", "published": "10.7554/eLife.75393"}
    for row in (ROW, later):
        services.ingest([biorxiv.details_row(row, "biorxiv")])
    assert Paper.objects.count() == 1
    assert services.find("10.7554/elife.75393").doi == "10.1101/2024.12.31.630767"
