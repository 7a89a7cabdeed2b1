"""A small library behind the site, made once a module, and a client to read it with."""

import dataclasses
import shutil

import pytest
from django.conf import settings
from django.test import Client, override_settings

from papertide.library import open_library
from tests.site.helpers import add, some_records

PLAIN_FILES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


@pytest.fixture
def files():
    """Static files as they are, without the hashed names that collecting them gives."""
    settings.STATIC_ROOT.mkdir(exist_ok=True)  # or whitenoise warns
    with override_settings(STORAGES=PLAIN_FILES):
        yield


@pytest.fixture
def client(files) -> Client:
    return Client(SERVER_NAME="localhost")


@pytest.fixture(scope="module")
def site(migrated_sqlite, tmp_path_factory):
    """A library with `some_records`, to be read only."""
    folder = tmp_path_factory.mktemp("site") / "data"
    shutil.copytree(migrated_sqlite, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PAPERTIDE_DATABASE_URL", raising=False)
        patch.setenv("PAPERTIDE_DATA", str(folder))
        with open_library(folder) as library:
            add(library, some_records())
            yield library


@pytest.fixture
def alone(files):
    """Single-user mode, for the library that is open."""
    with override_settings(
        CONFIG=dataclasses.replace(settings.CONFIG, mode="single"),
        MIDDLEWARE=[
            *(one for one in settings.MIDDLEWARE if not one.endswith(".AccountReader")),
            "papertide.site.single_user.SingleUser",
        ],
    ):
        yield
