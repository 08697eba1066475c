"""What a node logs: enough to find a fault, and nothing of what people typed."""

import http.client
import json
import logging
import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from hansa.node import logs, requests

ROOT = Path(__file__).resolve().parents[2]
SECRET = "Zinnober"
"""Part of everything that the test sends; it must come back in no line."""

CHICAGO = ("--name", "Chicago", "--type", "city", "--state", "IL", "--office", "Chief", "--seat", "", "--zone", "UTC", "--found")  # fmt: skip


def line(error=None, message="it failed", name="hansa.somewhere", **extra):
    """What a formatter makes of one record, read back."""
    record = logging.LogRecord(name, logging.ERROR, "place.py", 7, message, (), None)
    record.__dict__.update(extra)
    if error is not None:
        try:
            raise error
        except type(error):
            record.exc_info = sys.exc_info()
    told = logs.Lines(as_json=True).format(record)
    assert "\n" not in told
    return json.loads(told)


def test_a_line_says_when_how_bad_who_and_where():
    with requests.answering("POST") as asked:
        asked.route = "note"
        told = line(work="search")
    assert told["level"] == "ERROR"
    assert told["logger"] == "hansa.somewhere"
    assert told["place"].startswith("place.")
    assert (told["request"], told["route"]) == (asked.id, "note")
    assert told["work"] == "search"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", told["time"])


@pytest.mark.parametrize(
    "error",
    [
        ValueError(f"invalid literal: {SECRET}"),
        KeyError(SECRET),
        OSError(28, "No space left on device", f"/{SECRET}"),
        sqlite3.OperationalError(f'fts5: syntax error near "{SECRET}"'),
    ],
)
@pytest.mark.parametrize("as_json", [True, False])
def test_an_exceptions_own_words_are_not_told_but_its_class_and_place_are(error, as_json):
    record = logging.LogRecord("hansa.x", logging.ERROR, "place.py", 7, "it failed", (), None)
    try:
        try:
            raise error
        except Exception as cause:
            raise RuntimeError(SECRET) from cause
    except RuntimeError:
        record.exc_info = sys.exc_info()
    told = logs.Lines(as_json=as_json).format(record)
    assert SECRET not in told
    assert type(error).__name__ in told
    assert "RuntimeError" in told
    assert "test_an_exceptions_own_words" in told


def test_the_machines_own_name_of_an_error_is_told():
    assert (
        line(OSError(28, "No space left on device"))["errors"][0]["name"]
        == "No space left on device"
    )


def test_what_other_code_logs_is_told_without_what_it_was_filled_in_with():
    assert line(message=f"Invalid host {SECRET}", name="django.security")["message"] == ""
    record = logging.LogRecord("django.request", 30, "p.py", 1, "%s: %s", ("Bad", SECRET), None)
    assert logs.tell(record)["message"] == "%s: %s"


def test_every_message_of_ours_stands_in_the_code_as_it_is():
    """Only a literal may be logged, so that no content can slip in; the one argument that is a scheme is known."""
    import ast

    wrong = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            of = node.func.value
            if not (isinstance(of, ast.Name) and of.id == "logger"):
                continue
            if node.func.attr not in {"debug", "info", "warning", "error", "exception", "critical"}:
                continue
            if not isinstance(node.args[0], ast.Constant):
                wrong.append(f"{path.name}:{node.lineno}")
    assert wrong == []


class Served:
    """A real node in a process of its own, whose every line is kept."""

    def __init__(self, home: Path, *, level: str) -> None:
        self.home = home
        self.run("init", *CHICAGO)
        with (home / "hansa.toml").open("a") as file:
            file.write(f'log = "json"\nlog_level = "{level}"\n')
        self.told = home.parent / "told"
        with self.told.open("w") as told:
            self.process = subprocess.Popen(
                [*self.command, "serve", "--port", "0"],
                env=self.env, stdout=subprocess.PIPE, stderr=told, text=True,
            )  # fmt: skip
        assert self.process.stdout
        said = self.process.stdout.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", said)
        assert found, said
        self.port = int(found[1])

    @property
    def command(self) -> list[str]:
        return [
            sys.executable,
            "-c",
            "from hansa.node.main import main; main()",
            "--home",
            str(self.home),
        ]

    @property
    def env(self) -> dict[str, str]:
        return {k: v for k, v in os.environ.items() if not k.startswith(("HANSA", "DJANGO"))}

    def run(self, *arguments: str) -> str:
        return subprocess.run(
            [*self.command, *arguments], env=self.env, check=True, capture_output=True, text=True
        ).stdout

    def ask(self, method: str, path: str, body=None, headers=None) -> tuple[int, dict[str, str]]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request(method, path, body, headers or {})
            told = line.getresponse()
            told.read()
            return told.status, {name.lower(): value for name, value in told.getheaders()}
        finally:
            line.close()

    def stop(self) -> str:
        """End it and return all that it logged."""
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=30)
        return self.told.read_text("utf-8")


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.slow
def test_secrets_sent_everywhere_come_back_in_no_line(tmp_path):
    node = Served(tmp_path / "home", level="debug")
    made = node.run("token", "make", "--as", "chief", "--name", "Test").strip()
    try:
        statuses = [
            node.ask("GET", f"/search?q={SECRET}")[0],
            node.ask("GET", f"/{SECRET}/nowhere?{SECRET}=1")[0],
            node.ask("GET", f"/invite/{SECRET}")[0],
            node.ask("POST", "/account/login/", f"login={SECRET}&password={SECRET}", FORM)[0],
            node.ask("POST", f"/note?on={SECRET}", f"text={SECRET}", FORM)[0],
            node.ask("GET", "/", headers={"Cookie": f"sessionid={SECRET}"})[0],
            node.ask("GET", "/", headers={"Host": f"{SECRET}.example.org"})[0],
            node.ask("GET", "/", headers={"Host": f"{SECRET} {SECRET}"})[0],
            node.ask("GET", "/", headers={"Accept-Language": SECRET, "User-Agent": SECRET})[0],
            node.ask("POST", "/api/records", SECRET, {"Authorization": f"Bearer {SECRET}"})[0],
            node.ask("POST", "/api/records", f"{{{SECRET}", {"Content-Type": "application/json"})[0],
            node.ask("GET", f"/api/{SECRET}?cursor={SECRET}", headers={"Authorization": SECRET})[0],
            node.ask("POST", "/notices", f"--{SECRET}", {"Content-Type": f"multipart/form-data; boundary={SECRET}"})[0],
            node.ask(SECRET.upper(), "/")[0],
        ]  # fmt: skip
        assert len(statuses) == 14
        cookie = "csrftoken=" + "a" * 32
        typed = f"login={SECRET}&password={SECRET}&csrfmiddlewaretoken={'a' * 32}"
        signing = {**FORM, "Cookie": cookie}
        assert node.ask("POST", "/account/login/", typed, signing)[0] == 200
        token = {"Authorization": f"Bearer {made}", "Content-Type": "application/json"}
        note = {"on": "us-il-chicago@0", "text": SECRET}
        said = {"kind": "pact.note/1", "says": {**note, "on": f"us-il-chicago@9{SECRET}"}}
        assert node.ask("POST", "/api/records", json.dumps(said), token)[0] == 422
        # A fault: a table that everything needs is gone.
        kept = sqlite3.connect(node.home / "hansa.sqlite3")
        kept.execute("DROP TABLE kernel_entry")
        kept.commit()
        said["says"] = note
        status, headers = node.ask("POST", f"/api/records?{SECRET}", json.dumps(said), token)
        assert status == 500
    finally:
        told = node.stop()
    assert SECRET.lower() not in told.lower()
    lines = [json.loads(one) for one in told.splitlines() if one != "Stopped."]
    faults = [one for one in lines if one["level"] == "ERROR"]
    assert any("OperationalError" in told["type"] for one in faults for told in one["errors"])
    assert made not in told
    asked = [one for one in lines if one["message"] == "answered"]
    assert len(asked) >= 12
    assert headers["x-request-id"] in {one["request"] for one in asked}
    assert {"invite", "account_login", "none"} <= {one["route"] for one in asked}
