"""Every page that a reader can reach, whoever reads: sound on a phone and at a desk, and with its times told in full."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.conftest import CHIEF, DUTY, RICH, Node, Visit, serve, sit
from tests.journeys.crawl import TWICE, Reader, Seen


@pytest.fixture(scope="module")
def seen() -> Seen:
    """What axe has judged already, whoever read it."""
    return {}


@pytest.fixture(scope="module")
def real(story: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """The same home as a node that is no demo: who is not signed in reads next to nothing."""
    folder = tmp_path_factory.mktemp("real") / "home"
    shutil.copytree(story[RICH], folder)
    (folder / "hansa.toml").write_text('realm = "exercise"\n')
    yield from serve(folder, RICH)


def check(reader: Reader, least: int) -> None:
    assert not reader.wrong, "\n".join(reader.wrong)
    assert len(reader.visited) >= least, reader.visited


def check_files(reader: Reader) -> None:
    """Whatever is linked and is no page: it is there, and a CSV's times carry their offset."""
    for url in reader.others:
        answer = reader.page.request.get(url)
        assert answer.ok, f"{url} answered {answer.status}"
        if "format=csv" in url:
            for text in re.findall(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[^,\"\n\r]*", answer.text()):
                assert re.search(r"([+-]\d\d:?\d\d|Z)$", text), f"{url}: {text} has no zone"


def test_pages_of_a_visitor(rich: Node, visit: Visit, seen: Seen) -> None:
    reader = Reader(visit(rich), rich.address, seen, often=TWICE)
    reader.walk("/")
    check(reader, 30)
    check_files(reader)


@pytest.mark.parametrize(
    ("member", "office", "more", "least"),
    [
        ("Los Angeles", CHIEF, ["/call/new", "/charter/amend"], 35),
        ("Los Angeles", DUTY, ["/stock", "/stock/count"], 35),
        ("Seattle", DUTY, ["/stock"], 35),
        ("Chicago", "Deputy City Clerk", ["/officers/new"], 30),
    ],
)
def test_pages_of_an_officer(
    rich: Node, visit: Visit, seen: Seen, member: str, office: str, more: list[str], least: int
) -> None:
    page = visit(rich)
    sit(page, member, office)
    reader = Reader(page, rich.address, seen)
    reader.walk("/", *more)
    check(reader, least)


def test_pages_of_one_who_is_not_signed_in(real: Node, visit: Visit, seen: Seen) -> None:
    reader = Reader(visit(real), real.address, seen)
    reader.walk("/", "/needs", "/account/login/")
    check(reader, 4)
    assert all("Chicago" not in reader.page.goto(url).text() for url in ("/", "/needs", "/calls"))  # type: ignore[union-attr]


BROKEN = """<!doctype html><html lang="en"><title>Broken</title><main><h1>Broken</h1><div style="width:500px">wide</div>
<p style="color:#ccc;background:#fff">pale</p><input><time datetime="2025-06-08T10:00">10:00</time></main>"""


def test_the_walk_sees_what_is_wrong(rich: Node, visit: Visit) -> None:
    page = visit(rich)
    page.route("**/broken", lambda route: route.fulfill(body=BROKEN, content_type="text/html"))
    reader = Reader(page, rich.address, {})
    reader.walk("/broken", "/not-there")
    found = "\n".join(reader.wrong)
    for told in (
        "sideways at 360 px",
        "color-contrast",
        "label:",
        "without its zone",
        "answered 404",
    ):
        assert told in found, found
