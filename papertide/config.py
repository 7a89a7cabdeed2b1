"""Every setting of Papertide: one typed entry each, read from the environment.

`docs/settings.md` is checked against this table.
"""

import difflib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dj_database_url
import platformdirs

PREFIX = "PAPERTIDE_"
# Read by tests and benches only.
_OF_DEVELOPERS = ("PAPERTIDE_SHARED", "PAPERTIDE_BENCH", "PAPERTIDE_BENCH_VECTORS")


class ConfigError(Exception):
    """A setting with a value that cannot be used; says which and why."""


@dataclass(frozen=True)
class Setting:
    """One setting: the environment variable's name without prefix, default, reader, help."""

    name: str
    default: str
    read: Callable[[str], Any]
    help: str
    secret: bool = False


def _flag(value: str) -> bool:
    if value.lower() in ("1", "true", "yes", "on"):
        return True
    if value.lower() in ("", "0", "false", "no", "off"):
        return False
    raise ValueError("expected yes or no")


def _words(value: str) -> list[str]:
    return value.replace(",", " ").split()


def _number(value: str) -> int:
    if not (value.isdecimal() and int(value[:9])):
        raise ValueError(f"expected a whole number from 1, found {value[:20]!r}")
    return int(value)


def _count(value: str) -> int:
    return 0 if value == "0" else _number(value)


def _dimension(value: str) -> int:
    return _number(value) if value else 0


def _database_url(value: str) -> str:
    """An address of Postgres, whole; what is wrong is said without repeating the password."""
    if value:
        try:
            engine, name = map(dj_database_url.parse(value).get, ("ENGINE", "NAME"))
        except ValueError:
            engine = name = ""
        if engine != "django.db.backends.postgresql" or not name:
            raise ValueError(
                "expected postgres://user:password@host/name, special characters in it as %xx"
            )
    return value


def _pairs(value: str) -> dict[str, str]:
    pairs = dict(word.partition("=")[::2] for word in _words(value))
    if not all(name and address.startswith(("http://", "https://"))
               for name, address in pairs.items()):  # fmt: skip
        raise ValueError("expected source=https://host/…, several with commas between them")
    return pairs


def _mail_server(value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        known = parts.scheme in ("smtp", "smtps") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise ValueError("expected smtp://user:password@host:port")
    return parts


def _search_url(value: str) -> str:
    """The address of Milvus; what is wrong is said without repeating the password."""
    if value:
        try:
            parts = urlsplit(value)
            known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            known = False
        if not known or parts.query or parts.fragment or parts.path.strip("/").count("/"):
            raise ValueError(
                "expected http://user:password@host:port/database, special characters in it as %xx"
            )
    return value


def _time(value: str) -> time:
    try:
        held = datetime.strptime(value, "%H:%M").time()
    except ValueError:
        raise ValueError(f"expected a time of day such as 08:00, found {value[:20]!r}") from None
    return held


def _zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"expected a time zone such as Europe/Berlin, found {value[:40]!r}"
        ) from None


def _mode(value: str) -> str:
    if value not in ("single", "site"):
        raise ValueError(f"expected single or site, found {value[:20]!r}")
    return value


def _sign_up(value: str) -> str:
    if value not in ("open", "closed"):
        raise ValueError(f"expected open or closed, found {value[:20]!r}")
    return value


def _client(value: str) -> str:
    """The id and the secret of a client of OAuth, not repeated where they are wrong."""
    if value and not all(value.partition(":")[::2]):
        raise ValueError("expected id:secret, as the provider gave them")
    return value


def _folder(value: str) -> Path:
    return Path(value or platformdirs.user_data_dir("papertide")).expanduser().resolve()


SETTINGS = (
    Setting("DATA", "", _folder, "The data folder: database, index, rejected rows, secret key. "
            "By default the platform's place for user data."),
    Setting("DATABASE_URL", "", _database_url, "A Postgres database, "
            "postgres://user:password@host/name. Without it: SQLite in the data folder."),
    Setting("SEARCH_URL", "", _search_url, "A Milvus server that keeps the indexes, "
            "http://user:password@host:19530/database or http://token@host. Without it: files in "
            "the data folder. To move: papertide index migrate."),
    Setting("MODE", "single", _mode, "single: for the one person of this machine, who may do "
            "everything without signing in; the site answers to this machine alone. site: for "
            "many readers, each known by a cookie."),
    Setting("SECRET_KEY", "", str, "Signs sessions and links. Without it: a key made once and "
            "kept in the data folder.", secret=True),
    Setting("ALLOWED_HOSTS", "localhost 127.0.0.1 [::1]", _words, "Host names the site answers "
            "to."),
    Setting("SITE_URL", "", str, "The address readers see, such as https://papers.example.org; "
            "needed behind a proxy that ends TLS."),
    Setting("PROXIES", "0", _count, "How many reverse proxies stand before the site, each adding "
            "the address that asked it to X-Forwarded-For: so limits count readers, not proxies."),
    Setting("SIGN_UP", "open", _sign_up, "open: anybody may sign up. closed: admins make accounts, "
            "by papertide accounts add."),
    Setting("ORCID", "", _client, "The client of ORCID by which readers sign in there, id:secret. "
            "Without it: no such button.", secret=True),
    Setting("GITHUB", "", _client, "The same of GitHub.", secret=True),
    Setting("GOOGLE", "", _client, "The same of Google.", secret=True),
    Setting("CATEGORIES", "cs.AI cs.CL cs.CV cs.LG stat.ML", _words, "arXiv categories whose "
            "daily listing is brought in."),
    Setting("OAI_SET", "", str, "The set of arXiv that is harvested by OAI-PMH, such as cs or "
            "physics:hep-th. Without it: all of arXiv."),
    Setting("OPENREVIEW_VENUES", "", _words, "Venues of OpenReview whose submissions are brought "
            "in, such as ICLR.cc/2026/Conference."),
    Setting("ACL_COLLECTIONS", "", _words, "Collections of the ACL Anthology that are brought in, "
            "such as 2025.acl."),
    Setting("OPENALEX_KEY", "", str, "A key of OpenAlex, which is free; without one it answers "
            "about a thousand requests a day.", secret=True),
    Setting("SEMANTICSCHOLAR_KEY", "", str, "A key of Semantic Scholar; without one all callers "
            "share one allowance.", secret=True),
    Setting("SOURCES", "arxiv-daily huggingface", _words, "Sources that `up` and `tick` harvest "
            "when they are due, and `harvest` where it names none; `papertide sources` lists all."),
    Setting("SOURCE_URLS", "", _pairs, "Other addresses of sources, such as a mirror's: "
            "arxiv-oai=https://oai.example.org/oai, crossref=…"),
    Setting("EDITION_TIME", "08:00", _time, "When the edition of a day closes: the papers of that "
            "day that are here by then are in it, and stay in it."),
    Setting("EDITION_ZONE", "UTC", _zone, "The time zone of that time, such as America/New_York."),
    Setting("SUBMISSION_DAYS", "14", _number, "How many days ago a paper may have first appeared "
            "that readers submit for an edition."),
    Setting("ALARM_MAIL", "", str, "A mail address that alarms about sources are sent to, each "
            "once a day. Without it: they are on the page of sources and in `doctor` only."),
    Setting("MAIL_SERVER", "smtp://localhost:25", _mail_server, "The server that sends mail: "
            "smtp://user:password@host:port, or smtps:// for TLS from the start."),
    Setting("CONTACT", "", str, "A mail address that sources may write to; sent with each "
            "request to them."),
    Setting("MODEL", "", str, "The model that search by meaning is made with: a folder with a "
            "static model or an ONNX encoder, owner/name@revision on the hub, "
            "https://host/v1#model behind an endpoint, or none to search by words only. Without "
            "it: the one in the package. After a change the vectors are made anew while the "
            "former ones answer: by `up`, or papertide index renew."),
    Setting("MODEL_DIMENSION", "", _dimension, "How many numbers of a vector are kept, where the "
            "model can cut them (the one in the package: 256, 128 or 64). Without it: all."),
    Setting("MODEL_KEY", "", str, "The key that the endpoint of PAPERTIDE_MODEL asks for.",
            secret=True),
    Setting("RESCORER", "", str, "A stronger model that ranks the first 50 papers of a search "
            "again: an encoder, as for PAPERTIDE_MODEL, a cross-encoder in ONNX by folder or "
            "owner/name@revision, or https://host/v1/chat/completions#model for a language model "
            "(the first 20). Without it: none."),
    Setting("RESCORER_KEY", "", str, "The key that the endpoint of PAPERTIDE_RESCORER asks for.",
            secret=True),
    Setting("WORKERS", "2", _number, "Processes that serve the site."),
    Setting("DEBUG", "no", _flag, "Show stack traces, on error pages and of commands that fail. "
            "Never on a public site."),
)  # fmt: skip


@dataclass(frozen=True)
class Config:
    """The settings' values, one attribute a setting."""

    data: Path
    database_url: str
    search_url: str
    mode: str
    secret_key: str
    allowed_hosts: list[str]
    site_url: str
    proxies: int
    sign_up: str
    orcid: str
    github: str
    google: str
    categories: list[str]
    oai_set: str
    openreview_venues: list[str]
    acl_collections: list[str]
    openalex_key: str
    semanticscholar_key: str
    sources: list[str]
    source_urls: dict[str, str]
    edition_time: time
    edition_zone: ZoneInfo
    submission_days: int
    alarm_mail: str
    mail_server: SplitResult
    contact: str
    model: str
    model_dimension: int
    model_key: str
    rescorer: str
    rescorer_key: str
    workers: int
    debug: bool


@dataclass(frozen=True)
class Current:
    """A setting as it is now, for people: no secrets. `error` says why it cannot be used."""

    value: str
    origin: str  # "environment" or "default"
    error: str = ""


def load() -> Config:
    """Read all settings; raises ConfigError on an unusable or unknown one."""
    for message in unknown():
        raise ConfigError(message)
    values = {}
    for setting in SETTINGS:
        variable = PREFIX + setting.name
        try:
            values[setting.name.lower()] = setting.read(os.environ.get(variable, setting.default))
        except ValueError as error:
            raise ConfigError(f"{variable}: {error}") from None
    held = Config(**values)
    if held.mode == "single":
        _check_alone(held)
    return held


LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})


def _check_alone(held: Config) -> None:
    """Single-user mode has no sign-in, so that nobody else may reach it."""
    ours = urlsplit(held.site_url).hostname if held.site_url else "localhost"
    others = [host for host in held.allowed_hosts if host not in LOOPBACK]
    for name, other in (("ALLOWED_HOSTS", others), ("SITE_URL", ours not in LOOPBACK)):
        if other:
            raise ConfigError(
                f"{PREFIX}{name} names others than this machine, but in single-user mode nobody "
                f"signs in and all may do everything. For many readers: {PREFIX}MODE=site"
            )


def unknown() -> list[str]:
    """A sentence for each variable that looks like a setting and is none."""
    variables = [PREFIX + setting.name for setting in SETTINGS]
    messages = []
    for variable in os.environ:
        if variable.startswith(PREFIX) and variable not in (*variables, *_OF_DEVELOPERS):
            [nearest] = difflib.get_close_matches(variable, variables, n=1, cutoff=0)
            messages.append(f"{variable} is not a setting; the nearest one is {nearest}")
    return messages


def current() -> dict[str, Current]:
    """All settings as they are now, by their names; also those that cannot be used."""
    found = {}
    for setting in SETTINGS:
        text = os.environ.get(PREFIX + setting.name)
        origin = "default" if text is None else "environment"
        text = setting.default if text is None else text
        try:
            value = setting.read(text)
        except ValueError as error:
            hidden = "(hidden)" if setting.secret or setting.read in _OF_SECRETS else text
            found[setting.name] = Current(hidden, origin, str(error))
            continue
        if setting.secret:
            shown = "(hidden)" if text else ""
        else:
            shown = _without_password(str(value) if isinstance(value, Path) else text)
        if setting.read is _search_url:
            shown = _TOKEN.sub("***", shown)
        found[setting.name] = Current(shown, origin)
    return found


# To the last @: a password with one in it, which should be %40, is not shown either.
_PASSWORD = re.compile(r"(://[^/@:]*):.*@|(?<=password=)[^&]+", re.I)
_TOKEN = re.compile(r"(?<=://)[^/@:]+(?=@)")  # Milvus': a name without a password
_OF_SECRETS = (_database_url, _search_url)


def _without_password(text: str) -> str:
    return _PASSWORD.sub(lambda found: f"{found[1]}:***@" if found[1] else "***", text)


assert [field.name for field in fields(Config)] == [s.name.lower() for s in SETTINGS]
