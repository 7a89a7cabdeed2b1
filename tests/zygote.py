"""Commands in processes of their own that start at once: forks of one that has imported what they
import. Importing takes a second of a command's 1.2, and the tests run some hundreds of them.

Only what reads no environment and starts no thread is imported before; the command line itself and
Django's settings are each command's own. A zygote is not shared by threads.
"""

import atexit
import gc
import importlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

_IMPORTED = (
    "papertide.embedding.static", "papertide.library", "pydantic", "pydantic.types", "typer",
    "rich.console", "rich.progress", "rich.table",
    "django.conf", "django.contrib.staticfiles.storage", "django.db.backends.sqlite3.base",
    "django.db.migrations.executor", "django.db.models", "django.forms", "django.http",
    "django.template.loader", "django.urls", "whitenoise.storage", "csp.constants",
)  # fmt: skip
_held = threading.local()


def run(
    arguments: list[str], environment: dict, *, cwd: str | None = None, given: str = "",
    patience: float = 120,
) -> subprocess.CompletedProcess:  # fmt: skip
    """Run a command with this text as its standard input; killed after so many seconds."""
    zygote = getattr(_held, "process", None)
    if zygote is None or zygote.poll() is not None:
        zygote = _held.process = subprocess.Popen(
            [sys.executable, "-m", "tests.zygote"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, cwd=Path(__file__).parents[1],
        )  # fmt: skip
        atexit.register(zygote.kill)
    with tempfile.TemporaryDirectory(prefix="papertide-run-") as folder:
        files = [Path(folder, name) for name in ("in", "out", "err")]
        files[0].write_text(given)
        request = {"arguments": arguments, "environment": environment,
                   "files": list(map(str, files)), "cwd": str(cwd or Path.cwd())}  # fmt: skip
        print(json.dumps(request), file=zygote.stdin, flush=True)
        pid = int(zygote.stdout.readline())
        late = threading.Timer(patience, os.kill, (pid, signal.SIGKILL))
        late.start()
        code = int(zygote.stdout.readline())
        late.cancel()
        out, err = (file.read_text() for file in files[1:])
    return subprocess.CompletedProcess(["papertide", *arguments], code, out, err)


def _serve() -> None:
    for name in _IMPORTED:
        importlib.import_module(name)
    gc.freeze()  # or a collection in a fork copies all of it
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(request)
            return
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(request: dict) -> None:
    """The command, until its process ends as any does."""
    for number, (file, flags) in enumerate(zip(
        request["files"], (os.O_RDONLY, os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_CREAT),
        strict=True,
    )):  # fmt: skip
        os.dup2(os.open(file, flags), number)
    sys.stdin, sys.stdout, sys.stderr = (
        io.TextIOWrapper(io.FileIO(number, mode, closefd=False), "utf-8", errors=errors)
        for number, mode, errors in ((0, "r", "strict"), (1, "w", "strict"),
                                     (2, "w", "backslashreplace"))
    )  # fmt: skip
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["cwd"])
    sys.argv = ["papertide", *request["arguments"]]
    from papertide.cli import main

    main()


if __name__ == "__main__":
    _serve()
