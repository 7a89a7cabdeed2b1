"""Papertide: the open, self-hosted home for a research community's daily papers."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # importing the library takes time that `papertide --version` need not wait
    from papertide.library import Library

__version__ = "0.1.0"


def open_library(folder: str | Path | None = None) -> "Library":
    """The library of a data folder (`papertide.library.open_library`)."""
    from papertide import library

    return library.open_library(folder)
