"""Django's settings, derived from Papertide's own (`papertide.config`)."""

import logging
import os
import secrets
from pathlib import Path
from urllib.parse import unquote

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import DisallowedHost, PermissionDenied

from papertide import config

CONFIG = config.load()
DATA = CONFIG.data
HERE = Path(__file__).parent


def _kept_secret() -> str:
    """The key in the data folder, made on first use; of two processes that make it, one wins."""
    path = DATA / "secret-key"
    if not path.exists():
        DATA.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f"secret-key.{os.getpid()}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(made)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text().strip()


SECRET_KEY = CONFIG.secret_key or _kept_secret()
DEBUG = CONFIG.debug
ALLOWED_HOSTS = CONFIG.allowed_hosts
if CONFIG.site_url:
    CSRF_TRUSTED_ORIGINS = [CONFIG.site_url.rstrip("/")]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIG.site_url.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.github",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.orcid",
    "allauth.usersessions",
    "papertide.site.accounts",
    "papertide.site.catalog",
    "papertide.site.community",
    "papertide.site.curation",
    "papertide.site.editions",
    "papertide.site.harvest",
    "papertide.site.people",
    "papertide.site.readers",
    "papertide.site.trends",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # its files are compressed already
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
if CONFIG.mode == "single":
    MIDDLEWARE += ["papertide.site.single_user.SingleUser"]
else:
    MIDDLEWARE += ["papertide.site.accounts.middleware.AccountReader"]
MIDDLEWARE.append("papertide.site.accounts.middleware.MailTold")

# Signing in, which is allauth's (docs/accounts.md).
AUTHENTICATION_BACKENDS = ["papertide.site.accounts.backend.Backend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ALLAUTH_TRUSTED_PROXY_COUNT = CONFIG.proxies
ACCOUNT_ADAPTER = "papertide.site.accounts.adapters.Accounts"
_FORMS = "papertide.site.accounts.forms"
ACCOUNT_FORMS = {
    "signup": f"{_FORMS}.SignUp", "login": f"{_FORMS}.SignIn", "add_email": f"{_FORMS}.NewAddress"
}  # fmt: skip
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that signed up, and no other
ACCOUNT_EMAIL_NOTIFICATIONS = True  # of each change that a thief would make
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CHANGE_EMAIL = True  # one address; the new one counts when it is confirmed
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900  # seconds
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {"add_webauthn": f"{_FORMS}.NewKey"}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Papertide"
MFA_TOTP_TOLERANCE = 1  # clocks differ
# Browsers give passkeys to https addresses, and to localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not CONFIG.site_url.startswith("https://")
SOCIALACCOUNT_ADAPTER = "papertide.site.accounts.adapters.Elsewhere"
SOCIALACCOUNT_FORMS = {"signup": f"{_FORMS}.SignUpElsewhere"}
SOCIALACCOUNT_AUTO_SIGNUP = False  # everybody chooses a handle


def provider(name: str, client: str) -> dict:
    """allauth's settings of a provider; without a client there is none."""
    client_id, _, secret = client.partition(":")
    app = {"client_id": client_id, "secret": secret, "name": name}
    return {"APPS": [app] if client else [], "OAUTH_PKCE_ENABLED": True}


SOCIALACCOUNT_PROVIDERS = {
    "orcid": provider("ORCID", CONFIG.orcid),
    "github": provider("GitHub", CONFIG.github),
    "google": provider("Google", CONFIG.google),
}
# Forms that lead there are answered with a redirect, which the policy of pages looks at too.
_ELSEWHERE = [
    address
    for address, client in (
        ("https://orcid.org", CONFIG.orcid), ("https://github.com", CONFIG.github),
        ("https://accounts.google.com", CONFIG.google),
    )
    if client
]  # fmt: skip
# What limits count is in the database: all workers count together.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "accounts_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # or a flood of them would let others be forgotten
    }
}  # fmt: skip
ROOT_URLCONF = "papertide.site.urls"
WSGI_APPLICATION = "papertide.site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "papertide.site.pages.defaults",
            ],
            "builtins": ["papertide.site.catalog.templatetags.papers"],
        },
    }
]


def sqlite(data: Path) -> dict:
    """The SQLite database of a data folder.

    WAL: readers never wait for the writer. IMMEDIATE: a transaction that will write takes its
    lock at once, instead of failing half-way. NORMAL: safe against a killed process; after a
    power cut the last commits may be missing, never half there.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(data / "papertide.sqlite3"),
        "OPTIONS": {
            "timeout": 60,  # seconds a writer waits for another's batch
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                # in pages of 4 kB: bulk writes copy the log back every 64 MB, not every 4
                "PRAGMA wal_autocheckpoint=16384; PRAGMA cache_size=-65536;"
                "PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY"
            ),
        },
    }


def database(held: config.Config) -> dict:
    """The database of a configuration: Postgres by its address, else SQLite in the data folder."""
    if held.database_url:
        return dj_database_url.parse(held.database_url, conn_max_age=600, conn_health_checks=True)
    return sqlite(held.data) | {"CONN_MAX_AGE": None}


DATABASES = {"default": database(CONFIG)}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [HERE / "static"]
STATIC_ROOT = DATA / "static"  # collected by `up`
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

EMAIL_HOST = CONFIG.mail_server.hostname
EMAIL_PORT = CONFIG.mail_server.port or 25
EMAIL_HOST_USER = unquote(CONFIG.mail_server.username or "")
EMAIL_HOST_PASSWORD = unquote(CONFIG.mail_server.password or "")
EMAIL_USE_SSL = CONFIG.mail_server.scheme == "smtps"
EMAIL_USE_TLS = bool(EMAIL_HOST_USER) and not EMAIL_USE_SSL  # no password goes in the clear
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = CONFIG.contact or "papertide@localhost"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF, *_ELSEWHERE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

_REFUSED = (PermissionDenied, DisallowedHost)

def _without_trace(record: logging.LogRecord) -> bool:
    """Of a request that is refused the message says all there is to say."""
    if record.exc_info and isinstance(record.exc_info[1], _REFUSED):
        record.exc_info = None
    return True


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {
        "without_trace": {"()": "django.utils.log.CallbackFilter", "callback": _without_trace}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Scanners send such requests all day.
    "loggers": {
        name: {"filters": ["without_trace"]}
        for name in ("django.security.DisallowedHost", "django.request")
    },
}
