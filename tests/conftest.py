"""Fixtures for all tests; those with a database are in `tests.fixtures`."""

from tests.fixtures import *  # noqa: F403
from tests.milvus import *  # noqa: F403
