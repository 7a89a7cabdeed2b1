"""What a shell may complete values to. It is asked at each press of Tab: nothing slow up here."""

from pathlib import Path

import typer

from papertide.search.tree import HAS
from papertide.sources import arxiv_taxonomy
from papertide.sources.names import SOURCES


def categories() -> list[tuple[str, str]]:
    """arXiv's categories and their names."""
    return list(arxiv_taxonomy.CATEGORIES.items())


def sources() -> list[tuple[str, str]]:
    """Sources, and what readers know them as."""
    return list(SOURCES.items())


def has() -> list[str]:
    """What a paper may have."""
    return list(HAS)


def listings(context: typer.Context) -> list[tuple[str, str]]:
    """The latest listings of a data folder that there is; none where it cannot be asked."""
    from papertide import config, open_library
    from papertide.papers import shown_date

    try:
        given = context.find_root().params.get("data")
        folder = Path(given).expanduser() if given else config.load().data
        if not folder.is_dir():
            return []
        found = open_library(folder).listings(100)
    except Exception:  # an error in the middle of a line that is being typed helps nobody
        return []
    return [(info.slug, f"{info.title} {shown_date(info.date)}".strip()) for info in found]
