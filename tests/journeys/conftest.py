"""A real browser, real servers, and homes in which the Los Angeles story has come to a chosen moment.

Every page that a journey opens is watched: an error on its console, a violation of its security policy, a
request to another host, a file that is missing or a server that fails ends the test, whatever it asserts.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
STORY = ROOT / "scenarios" / "los-angeles-2025.yaml"
EARLY, RICH = "2025-06-08T07:30-07:00", "2025-06-10T12:00-07:00"
"""The morning after the call, when answers are still owed; and two days later, with aid on its way and in dispute."""

PATIENCE = 15_000
"""Milliseconds that a page may take for anything, on a slow and busy machine."""

OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever stands in this folder is a journey."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the browser's program; without one nothing here can pass."""
    named = os.environ.get("HANSA_CHROMIUM") or "chromium"
    found = shutil.which(named)
    if found is None:
        pytest.fail(
            f"There is no {named} on this machine, and the journeys need one. Run: make setup-dev (or: sudo apt-get install chromium)",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for the tests of one file. Playwright's event loop ends with it, so that Django may work after."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        yield made
        made.close()


def python(*arguments: object, **options: Any) -> "subprocess.Popen[str]":
    """Start our own python on our own code, without this process's home."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("HANSA_")}
    env |= {"DJANGO_SETTINGS_MODULE": "hansa.node.settings", "PYTHONUNBUFFERED": "1"}
    env |= options.pop("env", {})
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)], cwd=ROOT, env=env, text=True, **options
    )


def stop(process: "subprocess.Popen[str]") -> str:
    """Let a server end, and return what it wrote as errors."""
    process.terminate()
    _out, errors = process.communicate(timeout=20)
    return errors or ""


HANSA = ("-c", "from hansa.node.main import main; main()")


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The homes at EARLY and at RICH. Played once; whoever writes takes a copy."""
    folder = tmp_path_factory.mktemp("story")
    homes = {moment: folder / f"home-{number}" for number, moment in enumerate((EARLY, RICH))}
    stops = [f"{moment}={place}" for moment, place in homes.items()]
    process = python(HERE / "played.py", STORY, *stops, stderr=subprocess.PIPE)
    _out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return homes


@dataclass
class Node:
    """A served home."""

    process: "subprocess.Popen[str]"
    address: str
    folder: Path
    errors: Path

    def go_to(self, moment: str) -> None:
        """Let its clock show another moment."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{moment}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().startswith("It is")


def await_line(process: "subprocess.Popen[str]", words: str) -> str:
    """Return the rest of the first line that begins with these words."""
    assert process.stdout is not None
    while line := process.stdout.readline():
        if line.startswith(words):
            return line.removeprefix(words).strip()
    raise AssertionError(f"the process ended before it said {words!r}")


def serve(folder: Path, moment: str = "") -> Iterator[Node]:
    """Serve a home until the caller is done."""
    errors = folder / "errors.txt"
    with errors.open("w") as into:
        process = python(
            HERE / "served.py", folder, *filter(None, [moment]), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=into
        )  # fmt: skip
    try:
        port = urlsplit(await_line(process, "Ready ")).port
        yield Node(process, f"http://localhost:{port}", folder, errors)
    finally:
        stop(process)
    assert "Traceback" not in errors.read_text(), errors.read_text()


@pytest.fixture
def node(story: dict[str, Path], tmp_path: Path) -> Iterator[Node]:
    """A copy of the home at EARLY, at that moment, for a test that writes."""
    shutil.copytree(story[EARLY], tmp_path / "home")
    yield from serve(tmp_path / "home", EARLY)


@pytest.fixture(scope="module")
def rich(story: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A copy of the home at RICH, for tests that only read."""
    folder = tmp_path_factory.mktemp("rich") / "home"
    shutil.copytree(story[RICH], folder)
    yield from serve(folder, RICH)


@dataclass
class Watch:
    """What went wrong on the pages of one browser context."""

    host: str
    wrong: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Begin to look at every page of this context."""
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("requestfailed", self._failed)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.wrong.append(f"script: {error.error}"))

    def _request(self, request: Any) -> None:
        there = urlsplit(request.url)
        if there.scheme not in {"data", "blob", "about"} and there.netloc != self.host:
            self.wrong.append(f"a request to {request.url}")

    def _response(self, response: Any) -> None:
        page = response.request.is_navigation_request()
        if response.status >= (500 if page else 400):
            self.wrong.append(f"{response.status} {response.url}")

    def _failed(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # a stream that ends with its page
            self.wrong.append(f"{request.failure} {request.url}")

    def _console(self, message: Any) -> None:
        told = "Failed to load resource" in message.text  # judged by its response
        if message.type == "error" and not told:
            self.wrong.append(f"console: {message.text} ({message.location.get('url')})")


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Return a function that opens a fresh browser context on a node and gives its page."""
    watches = []
    with ExitStack() as stack:

        def visit(node: Node | str, path: str = "/", **options: Any) -> Page:
            address = node if isinstance(node, str) else node.address
            context = browser.new_context(
                base_url=address, **{"viewport": DESK, "locale": "en-US", **options}
            )
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE)
            watch = Watch(urlsplit(address).netloc)
            watch.over(context)
            watches.append(watch)
            page = context.new_page()
            page.goto(path)
            return page

        yield visit
    wrong = [line for watch in watches for line in watch.wrong]
    assert not wrong, "\n".join(wrong)


def sit(page: Page, member: str, office: str) -> Page:
    """Take a chair of the demo, as a visitor does on the page of offices."""
    page.goto("/chair")
    group = page.locator("fieldset").filter(has=page.get_by_text(member, exact=True))
    group.get_by_role("button", name=office).click()
    page.wait_for_url("**/")
    assert member in page.locator(".hansa-who").inner_text()
    return page


CHIEF = "Chief of Staff"
DUTY = "Duty Officer"
VOICE = "Director of Communications"
