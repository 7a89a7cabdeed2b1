"""What exists is documented, and imports point one way."""

import ast
import doctest
import re
from pathlib import Path

import pytest
import typer

from papertide.cli.app import app
from papertide.config import PREFIX, SETTINGS
from papertide.search.query import parse
from papertide.search.tree import EXACT, HAS, TEXTS
from tests.site.addresses import addresses

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented(setting):
    text = (DOCS / "settings.md").read_text()
    assert f"`{PREFIX}{setting.name}`" in text
    assert " ".join(setting.help.split()) in " ".join(text.split())


def _commands(command, path=""):
    for name, held in getattr(command, "commands", {}).items():
        yield from _commands(held, f"{path} {name}".strip())
    if not getattr(command, "commands", None):
        yield path


@pytest.mark.parametrize("command", sorted(_commands(typer.main.get_command(app))))
def test_every_command_is_documented(command):
    assert f"papertide {command}" in (DOCS / "command-line.md").read_text()


def test_the_query_language_is_documented():
    text = (DOCS / "search.md").read_text()
    typed = re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)
    assert len(typed) > 15
    for query in typed:
        assert parse(query).mistakes == (), query
    assert all(f"`{name}:" in text for name in {*TEXTS.values(), *EXACT.values(), "date", "votes"})
    assert all(f"`{what}`" in text or f"has:{what}" in text for what in HAS)
    assert doctest.testfile(str(DOCS / "search.md"), module_relative=False) == (0, 4)


def _routes():
    import papertide.cli  # noqa: F401

    return {one.route for one in addresses() if one.ours}


@pytest.mark.parametrize("route", sorted(_routes()))
def test_every_page_is_documented(route):
    assert f"`/{route}`" in (DOCS / "pages.md").read_text()


# What each part may import of the others; `config` and `papers` are everybody's.
ALLOWED = {
    "papers": {"reading"},
    "schedule": set(),
    "accounts": {"running", "site"},
    "editions": {
        "alarms", "config", "papers", "running", "schedule", "search", "site", "taste",
    },
    "merging": {"papers"},
    "config": set(),
    "alarms": set(),
    "rejected": {"sources"},
    "harvest": {"alarms", "config", "papers", "rejected", "results", "sources", "site"},
    "importing": {"papers", "rejected", "results", "sources", "site"},
    "indexing": {"config", "embedding", "results", "search"},
    "mapping": {"reading", "results", "search", "searching", "topics"},
    "searching": {"fallback", "papers", "reading", "results", "search"},
    "fallback": {"papers", "results", "search"},
    "reading": {"papers"},
    "sources": {"papers", "merging", "reading", "schedule", "sources", "config", "alarms"},
    "embedding": {"papers", "reading", "embedding"},
    "search": {"papers", "reading", "search", "embedding", "trends"},
    "taste": {"taste"},
    "topics": {"papers"},
    "trends": {"papers", "trends"},
    "trending": {"embedding", "papers", "trends"},
    "site": {
        "papers", "merging", "reading", "results", "schedule", "search", "library", "site",
        "config", "sources", "embedding", "community", "curation", "editions", "mapping", "people",
        "topics", "trending", "trends",
    },
    "results": {"papers", "search", "alarms", "sources", "topics"},
    "library": {
        "accounts", "community", "curation", "papers", "people", "results", "search", "sources",
        "site", "config", "embedding", "editions", "finding", "harvest", "importing", "indexing",
        "readers", "running", "schedule", "topics", "trending",
    },
    "curation": {
        "config", "papers", "results", "running", "schedule", "search", "site", "sources",
    },
    "finding": {
        "config", "mapping", "papers", "results", "running", "search", "searching", "topics",
    },
    "community": {"papers", "results", "running", "search", "site"},
    "people": {"papers", "results", "running", "site"},
    "readers": {"papers", "results", "running", "search", "sources", "site"},
    "running": set(),
    "cli": {
        "papers", "reading", "results", "library", "config", "search", "sources", "cli", "site",
        "embedding", "editions", "schedule", "topics",
    },
}


ENGINES = {
    "papers", "merging", "reading", "sources", "embedding", "search", "taste", "topics",
    "trends",
}  # fmt: skip


@pytest.mark.parametrize("part", ALLOWED)
def test_imports_point_one_way(part):
    place = ROOT / "papertide" / part
    files = place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for name in names:
                if part in ENGINES:
                    assert not name.startswith("django"), f"{file} imports Django"
                parts = name.split(".")
                if parts[0] == "papertide" and len(parts) > 1:
                    assert parts[1] in ALLOWED[part] | {part}, f"{file} imports {name}"
