"""Our answers beside the real ones: 38 recorded days, imported and asked for again."""

import json
import shutil
from collections import defaultdict
from collections.abc import Iterator

import pytest

from papertide.library import open_library
from papertide.site.catalog import services
from papertide.sources import files
from tests.site.api.papers import rows
from tests.test_documented import ROOT

PERSON = {"_id", "avatarUrl", "isPro", "type"}
LEFT_OUT = {  # that real answers have and ours never do: docs/api.md says why
    *(f"paper.authors[].{name}" for name in ("_id", "status", "statusLastChangedAt")),
    *(f"paper.authors[].user.{name}" for name in (*PERSON, "fullname", "id", "user")),
    *(f"paper.submittedOnDailyBy.{name}" for name in PERSON),
    *(f"submittedBy.{name}" for name in (
        *PERSON, "followerCount", "isHf", "isHfAdmin", "isMod", "isUserFollowing")),
    *(f"submitterOrganization.{name}" for name in ("_id", "avatar", "fullname", "name")),
    *(f"{where}organization.{name}" for where in ("", "paper.") for name in ("_id", "avatar")),
    "thumbnail", "mediaUrl", "mediaUrls", "paper.mediaUrls", "isAuthorParticipating",
    "paper.githubRepoAddedBy",
}  # fmt: skip
ADDED = {  # that ours have where real ones have them elsewhere in the row, or not
    "summary", "ai_summary", "ai_keywords", "githubRepo", "githubStars", "projectPage",
    "submittedBy.user", "paper.submittedOnDailyBy.name", "paper.submittedOnDailyBy.user",
    "paper.submittedOnDailyBy.fullname",
}  # fmt: skip
# Numbers of rows, of 602, in which a field that both have is not the same.
OTHERWISE = {
    "publishedAt": 602,  # theirs is one of several things, ours when it came to the list
    "title": 3,  # theirs differs between the row and the paper, ours does not
    "paper.authors[].name": 4,  # without hidden and repeated ones
    "paper.authors[].hidden": 4,
    "paper.ai_keywords": 1,  # without the repeated one
}
# Numbers of rows in which ours lack a field of `Details` that theirs have.
LACKING = {"paper.projectPage": 6, "paper.ai_keywords": 1}  # the repository itself; none of them


def leaves(value, path: str = "") -> Iterator[tuple[str, object]]:
    """All fields of an answer by their paths; white space of texts folded, as we store them."""
    if isinstance(value, dict):
        for name, held in value.items():
            yield from leaves(held, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for held in value:
            yield from leaves(held, f"{path}[]")
    else:
        yield path, " ".join(value.split()) if isinstance(value, str) else value


def by_path(row: dict) -> dict[str, list]:
    held = defaultdict(list)
    for path, value in leaves(row):
        held[path].append(value)
    return held


@pytest.fixture(scope="module")
def folder(shared):
    return shared / "data/hf_daily/api"


@pytest.fixture(scope="module")
def recorded(folder, migrated_sqlite, tmp_path_factory):
    """A library of the recorded days, to be read only."""
    data = tmp_path_factory.mktemp("recorded") / "data"
    shutil.copytree(migrated_sqlite, data)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PAPERTIDE_DATABASE_URL", raising=False)
        patch.setenv("PAPERTIDE_DATA", str(data))
        with open_library(data) as library:
            for path in sorted(folder.glob("*.json")):
                services.ingest(list(files.read(path)))
            yield library


def test_every_difference_is_known(recorded, folder, client):
    missing, added, otherwise = defaultdict(int), defaultdict(int), defaultdict(int)
    compared = 0
    for path in sorted(folder.glob("*.json")):
        theirs = json.loads(path.read_bytes())
        ours = rows(client, date=path.stem, limit=100)
        assert [row["paper"]["id"] for row in ours] == [row["paper"]["id"] for row in theirs]
        for row, real in zip(map(by_path, ours), map(by_path, theirs), strict=True):
            compared += 1
            for name in real.keys() - row.keys():
                missing[name] += 1
            for name in row.keys() - real.keys():
                added[name] += 1
            for name in row.keys() & real.keys():
                otherwise[name] += row[name] != real[name]
    assert compared == 602
    assert {name: n for name, n in missing.items() if name not in LEFT_OUT} == LACKING
    assert missing.keys() >= LEFT_OUT
    assert added.keys() == ADDED
    assert {name: n for name, n in otherwise.items() if n} == OTHERWISE


def test_the_differences_are_documented():
    text = (ROOT / "docs/api.md").read_text()
    for path in LEFT_OUT | ADDED | OTHERWISE.keys() | LACKING.keys():
        assert f"`{path.rpartition('.')[2].removesuffix('[]')}`" in text, path
