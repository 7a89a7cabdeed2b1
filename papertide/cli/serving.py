"""papertide up: the site, and the clock beside it."""

import datetime
import ipaddress
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import papertide
from papertide import config
from papertide.cli.app import RUN, app, command, library
from papertide.cli.output import err, escaped, fail
from papertide.cli.upkeep import MAKE_ADMIN

if TYPE_CHECKING:
    from papertide.library import Library

TICK = 60.0  # seconds
PATIENCE = 20.0  # seconds that the start waits for today's papers


@command(
    app,
    "papertide up",
    "papertide up --offline --port 8080",
    "PAPERTIDE_MODE=site papertide up --host 0.0.0.0",
    heading=RUN,
)
def up(
    port: Annotated[
        int, typer.Option(min=1, max=65535, metavar="PORT", help="The port to listen on.")
    ] = 8000,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="The address to listen on. For others than this machine, PAPERTIDE_MODE=site is "
            "needed, and PAPERTIDE_ALLOWED_HOSTS must name the hosts they ask for.",
        ),
    ] = "127.0.0.1",
    offline: Annotated[
        bool, typer.Option("--offline", help="Serve what is there, without going out.")
    ] = False,
) -> None:
    """Bring in today's papers and serve the site, until Ctrl+C.

    A new, empty library gets the landmarks sample where no source can be reached.
    """
    from papertide.search.engine import SearchUnavailable

    if config.load().mode == "single" and not _is_loopback(host):
        fail(
            f"{host} can be reached by others, and in single-user mode nobody signs in. For many "
            "readers: PAPERTIDE_MODE=site papertide up --host " + host
        )
    _check_free(host, port)
    if answers_nobody(host):
        err.print(
            f"Listening on {escaped(host)}, but answering only to the names of this machine: set "
            "PAPERTIDE_ALLOWED_HOSTS to the host names that readers use.",
            soft_wrap=True,
        )
    held = library()
    if not offline:
        _bring_in_today(held)
    if held.count() == 0:
        held.add_landmarks()
        err.print(
            "No papers here yet: showing the landmarks sample. "
            "Bring in your own with: papertide import FILE…"
        )
    try:
        held.catch_up(slow=False)  # the clock sees to what takes long
    except SearchUnavailable as error:  # words are answered by the database meanwhile
        err.print(escaped(str(error)), soft_wrap=True)
    _tell_of_vectors(held)
    if config.load().mode == "site" and not held.admins():
        err.print(f"No admin can sign in yet. Make one: {MAKE_ADMIN}", soft_wrap=True)
    collect_static(held.folder)
    held.close()
    _serve(held.folder, host, port)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def answers_nobody(host: str) -> bool:
    """Whether the site is to be reached from elsewhere, but under loopback names only."""
    return host not in config.LOOPBACK and config.LOOPBACK.issuperset(config.load().allowed_hosts)


def _check_free(host: str, port: int) -> None:
    """Refuse a port that is taken before anything else is done."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            fail(
                f"cannot listen on {host}:{port} ({error.strerror}). "
                f"Is Papertide running already? Another port: papertide up --port {port + 1}"
            )


def _bring_in_today(held: "Library") -> None:
    """Let a tick bring in what is due, and go on without it where that takes long: a network
    that swallows what is sent, or a server that asks to wait, keeps nobody from their papers."""
    started = datetime.datetime.now(datetime.UTC)
    environment = os.environ | {"PAPERTIDE_DATA": str(held.folder)}
    tick = subprocess.Popen(
        [sys.executable, "-m", "papertide", "tick", "--quick"],
        env=environment, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with err.status("Asking for today's papers…"):
            tick.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        err.print("Today's papers are still on their way; they show when they are here.")
    for one in held.sources():
        if not (one.on and one.attempted and one.attempted >= started):
            continue
        if one.error:
            err.print(f"Going on without {one.name}: {escaped(one.error)}", soft_wrap=True)
        else:
            err.print(f"{one.name}: {one.new:,} new papers, {one.changed:,} changed.")


def _tell_of_vectors(held: "Library") -> None:
    renewal = held.renewal()
    if renewal and renewal.wanted:
        err.print(
            f"Vectors by {escaped(renewal.model)} are made in the background; those of before "
            "answer until then. How far they are: papertide index status",
            soft_wrap=True,
        )


def collect_static(folder: Path) -> None:
    """Hash and compress the static files into the data folder, unless that was done already."""
    from django import __version__ as django_version
    from django.conf import settings
    from django.core.management import call_command

    sources = [path for held in settings.STATICFILES_DIRS for path in Path(held).rglob("*")]
    newest = max((path.stat().st_mtime_ns for path in sources), default=0)
    version = f"{papertide.__version__} {django_version} {newest}"
    stamp = folder / "static.version"
    if not stamp.exists() or stamp.read_text() != version:
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp.write_text(version)


def _serve(folder: Path, host: str, port: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    os.environ["PAPERTIDE_DATA"] = str(folder)
    os.environ["_PAPERTIDE_SERVER"] = str(os.getpid())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "papertide.site.settings")
    shown = f"[{host}]" if ":" in host else host
    server = Granian(
        "papertide.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=config.load().workers,
        blocking_threads=4,
        backlog=512,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    )
    clock = _Clock()
    server.on_startup(clock.start)
    server.on_shutdown(clock.stop)
    err.print(f"Papertide is at [bold]http://{shown}:{port}[/bold] (stop with Ctrl+C)")
    server.serve()


class _Clock:
    """Runs `papertide tick` each minute, in a process of its own.

    One may embed for hours; another one beside it does what else is due.
    """

    def __init__(self):
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ticks: list[subprocess.Popen] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=15)
        for tick in self._ticks:
            if tick.poll() is None:
                tick.terminate()
        for tick in self._ticks:
            tick.wait()

    def _run(self) -> None:
        while not self._stopped.wait(TICK):
            self._ticks = [tick for tick in self._ticks if tick.poll() is None]
            if len(self._ticks) < 2:
                command = [sys.executable, "-m", "papertide", "tick"]
                self._ticks.append(subprocess.Popen(command))
