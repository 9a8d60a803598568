"""A real Chromium for tests of pages."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

SECONDS = 60

# Nothing that Chromium would ask the world for on its own.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
]


def chromium() -> str | None:
    """CHROMIUM_PATH, the system's, or one that `playwright install chromium` has fetched."""
    names = ("chromium", "chromium-browser", "google-chrome")
    cache = Path.home() / ".cache" / "ms-playwright"
    candidates = [
        os.environ.get("CHROMIUM_PATH"),
        *map(shutil.which, names),
        *map(str, sorted(cache.glob("chromium-*/chrome-linux*/chrome"), reverse=True)),
    ]
    return next(
        (path for path in candidates if path and os.access(path, os.X_OK)), None
    )


@contextmanager
def browser_page(site: str) -> Iterator[Page]:
    """A page of a fresh browser, whose console may not complain about `site`.

    Patient with a loaded machine: also each `expect` waits for `SECONDS`.
    """
    path = chromium()
    if path is None:
        advice = "no Chromium: install the package chromium or set CHROMIUM_PATH"
        pytest.fail(advice) if os.environ.get("CI") else pytest.skip(advice)
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if page.url.startswith(site) and message.type in {"error", "warning"}:
            complaints.append(f"{page.url}: {message.text}")

    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET + root)
        page = browser.new_page(viewport={"width": 1100, "height": 800})
        page.on("console", note)
        page.set_default_timeout(SECONDS * 1000)
        expect.set_options(timeout=SECONDS * 1000)
        yield page
        browser.close()
    assert complaints == []
