"""Settings: what is wrong with one is said in a sentence."""

import pytest

from papertide import config


def test_an_unknown_setting_names_the_nearest(monkeypatch):
    monkeypatch.setenv("PAPERTIDE_WORKER", "3")
    with pytest.raises(config.ConfigError, match=r"PAPERTIDE_WORKER is .* PAPERTIDE_WORKERS$"):
        config.load()


@pytest.mark.parametrize("variable", ["PAPERTIDE_SHARED", "PAPERTIDE_BENCH", "_PAPERTIDE_SERVER"])
def test_what_is_no_setting_but_ours(monkeypatch, variable):
    monkeypatch.setenv(variable, "1")
    config.load()


@pytest.mark.parametrize(
    ("name", "value"), [("WORKERS", "many"), ("WORKERS", "0"), ("DEBUG", "perhaps")]
)
def test_an_unusable_value(monkeypatch, name, value):
    monkeypatch.setenv(config.PREFIX + name, value)
    with pytest.raises(config.ConfigError, match=f"PAPERTIDE_{name}: "):
        config.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [("ALLOWED_HOSTS", "localhost papers.example"), ("ALLOWED_HOSTS", "*"),
     ("SITE_URL", "https://papers.example"), ("SITE_URL", "papers.example")],
)  # fmt: skip
def test_single_user_mode_is_for_this_machine(monkeypatch, name, value):
    monkeypatch.setenv("PAPERTIDE_MODE", "single")
    config.load()
    monkeypatch.setenv(f"PAPERTIDE_{name}", value)
    with pytest.raises(config.ConfigError, match=f"PAPERTIDE_{name} names others .*MODE=site"):
        config.load()
    monkeypatch.setenv("PAPERTIDE_MODE", "site")
    config.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [("MODE", "many"), ("EDITION_TIME", "25:00"), ("EDITION_TIME", "8 o'clock"),
     ("EDITION_ZONE", "Europe/Nowhere"), ("EDITION_ZONE", "../../etc/passwd"),
     ("EDITION_ZONE", "")],
)  # fmt: skip
def test_what_is_no_mode_time_or_zone(monkeypatch, name, value):
    monkeypatch.setenv(config.PREFIX + name, value)
    with pytest.raises(config.ConfigError, match=f"PAPERTIDE_{name}: expected"):
        config.load()


@pytest.mark.parametrize(
    "address",
    ["nonsense", "://", "secret@host/name", "mysql://u:secret@host/name", "sqlite:///secret",
     "postgres://u:secret@host", "postgres://u:secret@host/", "postgres://u:secret@host:port/name",
     "postgres://u:sec#ret@host/name", "postgres://u:secret@[::1/name"],
)  # fmt: skip
def test_an_address_that_is_none_of_postgres(monkeypatch, address):
    monkeypatch.setenv("PAPERTIDE_DATABASE_URL", address)
    with pytest.raises(config.ConfigError, match="expected postgres://") as error:
        config.load()
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "address",
    ["", "postgres://u:p@host/name", "postgresql://host:5433/name?sslmode=require",
     "postgres:///name", "postgres://%2Frun%2Fpostgresql/name"],
)  # fmt: skip
def test_addresses_of_postgres(monkeypatch, address):
    monkeypatch.setenv("PAPERTIDE_DATABASE_URL", address)
    assert config.load().database_url == address


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("http://milvus:19530", "http://milvus:19530"),
        ("http://root:top@secret@milvus:19530/papers", "http://root:***@milvus:19530/papers"),
        ("https://token-secret@milvus", "https://***@milvus"),
        ("milvus://token-secret@milvus", "(hidden)"),
        ("http://milvus/a/b?token=secret", "(hidden)"),
        ("http://milvus:nan", "(hidden)"),
    ],
)
def test_the_address_of_milvus_is_shown_without_its_secrets(value, shown, monkeypatch):
    monkeypatch.setenv("PAPERTIDE_SEARCH_URL", value)
    found = config.current()["SEARCH_URL"]
    assert found.value == shown
    assert "secret" not in found.error
    assert bool(found.error) == (shown == "(hidden)")
