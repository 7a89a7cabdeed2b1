"""Fixtures for all tests; those with a database are in `tests.fixtures`."""

import pytest

from tests.fixtures import *  # noqa: F403
from tests.milvus import *  # noqa: F403


def pytest_itemcollected(item):
    """The tests of a module run on one worker: what a module needs is made once."""
    if item.get_closest_marker("xdist_group") is None:
        item.add_marker(pytest.mark.xdist_group(item.module.__name__))
