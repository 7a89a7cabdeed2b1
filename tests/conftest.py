"""Fixtures for all tests; those with a database are in `tests.fixtures`."""

import pytest

from tests.fixtures import *  # noqa: F403
from tests.milvus import *  # noqa: F403


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items):
    """The tests of a module run on one worker: what a module needs is made once."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))
