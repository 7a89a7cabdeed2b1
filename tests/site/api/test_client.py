"""The real client and its command, against a running site."""

import json
import lzma
import os
import shutil
import subprocess
import sys
from pathlib import Path

import huggingface_hub as hub
import pytest

from tests.fixtures import papertide, write_rows
from tests.serving import running

TITLE = "Reading \\emph{tides} with $x_1$"
ROWS = [
    {
        "list_date": "2025-03-18", "id": f"2503.{n:05}", "title": f"{TITLE}, part {n}",
        "abstract": f"We read tides, {n} of them, where $a<b$.",
        "authors": ["Ada Lovelace", "Grace Hopper"], "published": "2025-03-16T17:34:15.000Z",
        "submitted_on_daily": "2025-03-18T02:06:34.388Z", "upvotes": n, "comments": n // 20,
        "submitter": "ada" if n % 2 else "grace", "github": "https://github.com/a/b",
        "stars": 12, "project": "https://a.example/", "keywords": ["tides"],
        "ai_summary": "Tides are read.", "org": "a-lab",
    }
    for n in range(1, 61)
]  # fmt: skip
ROWS.append({"public_id": "x", "title": "Not on any list, or server", "abstract": "Another."})
ROWS.append({"identities": ["arxiv:cs/9902027"], "title": "An old id", "published": "1999-02-16"})
BEST = "2503.00060"


@pytest.fixture(scope="module")
def address(migrated_sqlite, tmp_path_factory):
    """A running site with made papers, of a list and of none."""
    folder = tmp_path_factory.mktemp("client")
    shutil.copytree(migrated_sqlite, folder / "data")
    done = papertide("import", str(write_rows(folder / "rows.jsonl", ROWS)), data=folder / "data")
    assert done.returncode == 0, done.stderr
    with running(folder / "data", "--offline", PAPERTIDE_WORKERS="1") as (_, held):
        yield held


@pytest.fixture
def api(address):
    return hub.HfApi(endpoint=address, token=False)


def hf(address: str, *arguments: str) -> subprocess.CompletedProcess:
    """The command `hf papers`, as its users run it, without anything of this machine's user."""
    command = Path(sys.executable).with_name("hf")
    environment = {
        "PATH": os.environ["PATH"], "HF_ENDPOINT": address, "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_UPDATE_CHECK": "1", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
        "HF_HOME": "/nonexistent", "HOME": "/nonexistent",
        "NO_COLOR": "1", "COLUMNS": "200", "NO_PROXY": "127.0.0.1",
    }  # fmt: skip
    return subprocess.run(
        [command, "papers", *arguments], env=environment, capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip


def told(address: str, *arguments: str):
    done = hf(address, *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- the client ------------------------------------------------------------------------------


def test_a_day(api):
    found = list(api.list_daily_papers(date="2025-03-18"))
    assert [paper.id for paper in found] == [f"2503.{n:05}" for n in range(60, 10, -1)]
    first = found[0]
    assert first.title == f"{TITLE}, part 60"
    assert first.summary == "We read tides, 60 of them, where $a<b$."
    assert [(author.name, author.hidden) for author in first.authors] == [
        ("Ada Lovelace", False), ("Grace Hopper", False),
    ]  # fmt: skip
    assert first.published_at.isoformat() == "2025-03-16T17:34:15+00:00"
    assert first.submitted_at.isoformat() == "2025-03-18T02:06:34.388000+00:00"
    assert (first.upvotes, first.comments, first.github_stars) == (60, 3, 12)
    assert first.submitted_by.username == "grace"
    assert first.organization.fullname == "a-lab"
    assert (first.github_repo, first.project_page) == (
        "https://github.com/a/b", "https://a.example/",
    )  # fmt: skip
    assert (first.ai_summary, first.ai_keywords) == ("Tides are read.", ["tides"])


def test_all_parameters(api):
    def asked(**parameters):
        return [paper.id for paper in api.list_daily_papers(**parameters)]

    assert asked(limit=2) == [BEST, "2503.00059"]
    assert asked(limit=2, p=1, week="2025-W12") == ["2503.00058", "2503.00057"]
    assert asked(month="2025-03", sort="trending", limit=1) == [BEST]
    assert asked(sort="publishedAt", submitter="ada", limit=2) == ["2503.00059", "2503.00057"]
    assert len(asked(limit=100)) == 60
    assert asked(p=50) == asked(date="2024-01-01") == asked(submitter="nobody") == []


def test_one_paper(api):
    [listed] = api.list_daily_papers(limit=1)
    alone = api.paper_info(f"{BEST}v2")
    for field in ("id", "title", "summary", "upvotes", "comments", "published_at", "submitted_at",
                  "submitted_by", "ai_summary", "ai_keywords", "organization", "project_page",
                  "github_repo", "github_stars"):  # fmt: skip
        assert getattr(alone, field) == getattr(listed, field) != "", field
    assert [author.name for author in alone.authors] == ["Ada Lovelace", "Grace Hopper"]


def test_a_paper_of_no_list_and_no_server(api):
    [found, *_] = api.list_papers(query="Not on any list, or server", limit=3)
    alone = api.paper_info(found.id)
    assert alone.title == found.title == "Not on any list, or server"
    assert alone.upvotes is alone.comments is alone.submitted_by is alone.published_at is None
    assert api.read_paper(found.id).startswith("# Not on any list, or server\n")


def test_an_id_with_a_slash(api):
    assert api.paper_info("cs/9902027").title == "An old id"
    assert api.read_paper("cs/9902027v1").startswith("# An old id\n")


def test_search(api):
    assert {paper.id[:5] for paper in api.list_papers(query="tides", limit=7)} == {"2503."}
    assert [paper.id for paper in api.list_papers(query=BEST, limit=1)] == [BEST]
    assert len(list(api.list_papers(query="reading"))) == 20
    assert len(list(api.list_papers())) == 20


def test_reading(api):
    text = api.read_paper(BEST)
    assert text == api.read_paper(f"{BEST}v1")
    assert text.startswith("# Reading tides with $x_1$, part 60\n")
    assert "where $a< b$." in text


def test_errors_reach_the_client_in_words(api):
    for ask in (api.paper_info, api.read_paper):
        with pytest.raises(hub.errors.HfHubHTTPError, match="no paper of this id") as caught:
            ask("9999.99999")
        assert caught.value.response.status_code == 404
    for parameters, said in (
        ({"limit": 10**9}, "limit is to be a number from 1 to 100"), ({"p": -1}, "p is to be"),
        ({"date": "someday"}, "date is to be a day"), ({"sort": "best"}, "sort is to be"),
    ):  # fmt: skip
        with pytest.raises(hub.errors.BadRequestError, match=said):
            list(api.list_daily_papers(**parameters))


# --- the command -----------------------------------------------------------------------------


def test_hf_papers_ls(address):
    rows = told(address, "ls", "--date", "2025-03-18", "--limit", "3")
    assert [row["id"] for row in rows] == [BEST, "2503.00059", "2503.00058"]
    assert [row["submitted_by_name"] for row in rows] == ["grace", "ada", "grace"]
    assert [row["upvotes"] for row in rows] == [60, 59, 58]
    table = hf(address, "ls", "--sort", "trending", "--week", "2025-W12", "--submitter", "ada")
    assert table.returncode == 0, table.stderr
    assert len(table.stdout.splitlines()) == 32  # two of the head, 30 papers
    assert told(address, "ls", "--date", "2024-01-01") == []


def test_hf_papers_search(address):
    rows = told(address, "search", "reading tides", "--limit", "4")
    assert len(rows) == 4 and all("tides" in row["title"] for row in rows)


def test_hf_papers_info(address):
    found = told(address, "info", BEST)
    assert (found["id"], found["upvotes"], found["github_stars"]) == (BEST, 60, 12)
    assert found["submitted_by"]["username"] == "grace"


def test_hf_papers_read(address):
    done = hf(address, "read", BEST)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# Reading tides with $x_1$, part 60\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("info", "9999.99999"), "Paper '9999.99999' not found"),
        (("read", "9999.99999"), "Paper '9999.99999' not found"),
        (("ls", "--week", "2026-W60"), "week is to be an ISO week such as 2025-W12."),
        (("ls", "--limit", "1000"), "limit is to be a number from 1 to 100."),
    ],
)
def test_hf_papers_says_what_is_wrong(address, arguments, said):
    done = hf(address, *arguments)
    assert done.returncode == 1
    assert said in done.stderr


# --- real lists ------------------------------------------------------------------------------


def test_the_real_lists(shared, migrated_sqlite, tmp_path):
    """A week of the archive, as the client reads it from us and as the archive has it."""
    days = [f"2026-01-{day:02}" for day in (12, 13, 14, 15, 16)]
    with lzma.open(shared / "data/hf_daily/papers.jsonl.xz", "rt", encoding="utf-8") as lines:
        real = [row for row in map(json.loads, lines) if row["list_date"] in days]
    data, file = tmp_path / "data", write_rows(tmp_path / "week.jsonl", real)
    shutil.copytree(migrated_sqlite, data)
    done = papertide("import", str(file), data=data)
    assert done.returncode == 0, done.stderr
    with running(data, "--offline", PAPERTIDE_WORKERS="1") as (_, held):
        api = hub.HfApi(endpoint=held, token=False)
        by_day = {day: list(api.list_daily_papers(date=day, limit=100)) for day in days}
        week = [paper.id for p in range(3)
                for paper in api.list_daily_papers(week="2026-W03", limit=100, p=p)]  # fmt: skip
        [named, *_] = api.list_papers(query=real[0]["title"], limit=1)
    found = {paper.id: paper for papers in by_day.values() for paper in papers}
    assert len(real) > 50
    for day, papers in by_day.items():
        votes = [paper.upvotes or 0 for paper in papers]
        assert votes == sorted(votes, reverse=True)
        assert {paper.id for paper in papers} == {
            row["id"] for row in real if row["list_date"] == day
        }
    assert week == [paper.id for day in reversed(days) for paper in by_day[day]]
    assert named.id == real[0]["id"]
    for row in real:
        paper = found[row["id"]]
        assert paper.title == " ".join(row["title"].split())
        assert paper.summary == " ".join(row["abstract"].split())
        assert (paper.upvotes or 0, paper.comments) == (row["upvotes"], row["comments"])
        assert paper.ai_summary == row["ai_summary"]
        assert paper.github_stars == row["stars"]
        assert paper.submitted_at.date().isoformat() == row["submitted_on_daily"][:10]
        assert paper.published_at.date().isoformat() == row["published"][:10]
        assert (paper.submitted_by and paper.submitted_by.username) == row["submitter"]
