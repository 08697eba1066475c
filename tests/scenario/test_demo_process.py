"""The demo as a person starts it: one process, one port, and a second beginning without a refused connection."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests.scenario.conftest import ROOT, TWO_CITIES

pytestmark = pytest.mark.slow


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A demo of the two cities on a free port, with the address that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from hansa.node.main import main; main()", "demo", "--home", str(folder), "--scenario", str(TWO_CITIES), "--port", "0", *options],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "DJANGO_SETTINGS_MODULE": "hansa.node.settings", "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        found = None
        while found is None:
            line = process.stdout.readline()
            assert line, "the demo ended before it told its address"
            found = re.search(r"The demo plays at (\S+)", line)
        yield process, found[1]
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


class Browser:
    """Gets and posts with cookies, as a browser does."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.open = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar())
        ).open

    def get(self, path: str) -> str:
        with self.open(self.address + path, timeout=30) as answer:
            return str(answer.read().decode())

    def post(self, path: str, **fields: str) -> str:
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', self.get(""))
        assert token
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode()
        with self.open(self.address + path, data=body, timeout=30) as answer:
            return str(answer.read().decode())


def await_file(path: Path, least: int) -> int:
    """How many lines the demo says it has done, once it is at least so many."""
    for _try in range(600):
        if path.exists() and (done := json.loads(path.read_text("utf-8"))["done"]) >= least:
            return int(done)
        time.sleep(0.05)
    raise AssertionError(f"{path} never told of {least} lines")


def test_a_demo_starts_again_in_the_same_process_and_on_the_same_port(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with demo(folder) as (process, address):
        browser = Browser(address)
        assert "Two cities (all invented)" in browser.get("")
        browser.post("demo/speed", speed="8")
        await_file(folder / "demo.json", 3)
        secret = (folder / "secret").read_text()
        assert "starts again" in browser.post("demo/again")
        for _try in range(40):  # no connection is refused meanwhile: any of these would raise
            page = Browser(address).get("demo/now")
            if (folder / "secret").read_text() != secret:
                break
            time.sleep(0.25)
        assert (folder / "secret").read_text() != secret, "the home is a fresh one"
        assert "2030" in page
        assert process.poll() is None


def test_a_kept_demo_goes_on_and_another_one_is_fresh(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with demo(folder) as (_process, address):
        Browser(address).post("demo/speed", speed="8")
        await_file(folder / "demo.json", 3)
    done = await_file(folder / "demo.json", 3)
    with demo(folder, "--keep") as (_process, address):
        assert "Two cities" in Browser(address).get("")
        Browser(address).post("demo/speed", speed="8")
        await_file(folder / "demo.json", done + 1)
    with demo(folder) as (_process, address):
        assert "1 March 2030" in Browser(address).get("")


def test_two_demos_in_one_folder_are_refused(tmp_path: Path) -> None:
    with (
        demo(tmp_path / "demo"),
        pytest.raises(AssertionError, match="ended before"),
        demo(tmp_path / "demo"),
    ):
        pass
