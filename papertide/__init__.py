"""Papertide: the open, self-hosted home for a research community's daily papers."""

__version__ = "0.1.0"


def open_library(folder=None):
    """The library of a data folder (`papertide.library.open_library`)."""
    from papertide import library

    return library.open_library(folder)
