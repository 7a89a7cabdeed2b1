"""Chromium for tests, benches and screenshots. It imports no Django."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

SIZES = {
    "phone": {"width": 390, "height": 844},
    "desktop": {"width": 1280, "height": 900},
}
# Nothing of its own asks for anything: what a page loads is all that goes over the wire.
_QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
          "--disable-background-networking", "--disable-component-update"]  # fmt: skip


def installed() -> str | None:
    """Where Chromium is, if it is installed."""
    return shutil.which("chromium")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium without a sandbox (CI runs as root, where it would not start)."""
    with sync_playwright() as playwright:
        held = playwright.chromium.launch(
            executable_path=installed(), args=[*_QUIET, "--no-sandbox"], headless=True
        )
        yield held
        held.close()
