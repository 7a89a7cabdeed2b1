"""What goes wrong, in a sentence that says what to do next."""

import errno
import os
import sys

import typer
from typer.exceptions import TyperException

from papertide.cli import app as program
from papertide.cli.output import err, error, printable, say_it_plainer


def run() -> None:
    """Run the command line. Ends with 0, with 1 after an error, with 2 after one of usage."""
    say_it_plainer()
    try:
        code = program.app(prog_name="papertide", standalone_mode=False)
    except TyperException as wrong:
        error(_usage(wrong))
        code = wrong.exit_code
    except typer.Abort:
        code = 130
    except Exception as wrong:
        error(_sentence(wrong))
        code = 1
    if code == 130:  # Ctrl+C
        err.print("\nStopped. What was stored is kept; run the same command again to go on.")
    sys.exit(code)


def _usage(wrong: TyperException) -> str:
    context = getattr(wrong, "ctx", None)
    path = context.command_path if context else "papertide"
    if getattr(wrong, "option_name", "") == "--data" and path != "papertide":
        return f"--data stands before the command: papertide --data FOLDER{path[9:]}"
    message = wrong.format_message().replace("Value error, ", "")
    message = message.replace("does not match the formats '%Y-%m-%d'", "is no day like 2025-03-17")
    message = message[0].upper() + message[1:].rstrip(".")
    if not message.endswith("?"):
        message += "."
    return f"{message} See: {path} --help"


def _sentence(wrong: Exception) -> str:
    from django.core.exceptions import ImproperlyConfigured
    from django.db.utils import DatabaseError

    from papertide.config import ConfigError
    from papertide.embedding import ModelError
    from papertide.results import NotFound, Refused
    from papertide.search.engine import SearchUnavailable
    from papertide.sources.base import SourceError

    if isinstance(wrong, ConfigError):
        return f"{wrong}. All settings: papertide settings"
    if isinstance(wrong, ImproperlyConfigured):
        return f"{wrong}. See: papertide settings"
    if isinstance(wrong, NotFound | Refused | ModelError | SearchUnavailable | SourceError):
        return str(wrong)
    if isinstance(wrong, DatabaseError):
        return _of_database(str(wrong))
    if isinstance(wrong, OSError):
        return _of_system(wrong)
    if os.environ.get("PAPERTIDE_DEBUG", "").lower() in ("1", "true", "yes", "on"):
        raise wrong
    return (
        f"{type(wrong).__name__}: {wrong}. That is a mistake of Papertide's: please report it "
        "with what the same command prints with PAPERTIDE_DEBUG=yes"
    )


_FULL = (
    "Free some space and run the same command again: what was stored is kept, and nothing is "
    "stored twice."
)
_OTHER_FOLDER = "Make it writable, or choose another: papertide --data FOLDER"


def _of_database(message: str) -> str:
    if "full" in message or "disk I/O" in message or "No space" in message:
        return f"The disk is full ({message}). {_FULL}"
    if "locked" in message:
        return f"Another process keeps the database busy ({message}). Try again when it is done."
    if "readonly" in message or "unable to open" in message:
        return f"The database cannot be written to ({message}). {_OTHER_FOLDER}"
    return f"The database answers (`papertide doctor` may say more): {message}"


def _of_system(wrong: OSError) -> str:
    from papertide import config

    reason, place = wrong.strerror or str(wrong), str(wrong.filename or "")
    if wrong.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full ({place or reason}). {_FULL}"
    given = program.folder
    data = str(given.expanduser().resolve() if given else config.load().data)
    if not place or data.startswith(place) or place.startswith(data):
        return f"The data folder {printable(data)} cannot be used: {reason}. {_OTHER_FOLDER}"
    return f"{reason}: {place}"
