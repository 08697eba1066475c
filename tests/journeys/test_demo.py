"""The demo as a visitor meets it."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import HANSA, Visit, python, stop


@dataclass
class Demo:
    """A running demo: its address, and what it has told its terminal."""

    address: str
    told: Path


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    told, errors = tmp_path / "told.txt", tmp_path / "errors.txt"
    with told.open("w") as out, errors.open("w") as into:
        process = python(*HANSA, "demo", "--port", 0, "--home", tmp_path / "demo", stdout=out, stderr=into)  # fmt: skip
        try:
            while not (found := re.search(r"The demo plays at (\S+)", told.read_text())):
                assert process.poll() is None, errors.read_text()
                time.sleep(0.1)
            yield Demo(found[1], told)
        finally:
            stop(process)
    assert "Traceback" not in errors.read_text(), errors.read_text()


def look(of: Locator) -> dict[str, str]:
    """Return what sets this apart for the eye."""
    look: dict[str, str] = of.evaluate(
        "e => { const s = getComputedStyle(e); return {color: s.color, ground: s.backgroundColor, border: s.borderTopStyle}; }"
    )
    return look


def test_a_visitor_takes_a_chair_acts_and_steers(demo: Demo, visit: Visit) -> None:
    page = visit(demo.address)
    banner = page.get_by_role("complementary", name="Exercise")
    expect(banner).to_contain_text("What the pact does here is played.")
    assert look(banner)["ground"] != look(page.locator("body"))["ground"]
    bar = page.get_by_role("complementary", name="Demo")
    expect(bar).to_contain_text("Los Angeles, June 2025")
    expect(bar).to_contain_text("Demo only: anyone may take any chair here.")
    page.get_by_role("button", name="×8").click()
    expect(page.get_by_role("button", name="×8")).to_have_attribute("aria-pressed", "true")

    # The bar moves by itself, and so does the page: the call comes without a reload.
    under = page.get_by_role("region", name="Under call")
    expect(under).to_contain_text("Los Angeles", timeout=60_000)
    page.goto("/needs")
    needed = page.get_by_role("main").locator("tbody th a")
    while needed.count() == 0:
        page.wait_for_timeout(500)
        page.reload()
    page.get_by_role("button", name="Pause").click()
    expect(bar).to_contain_text("Paused.")

    bar.get_by_label("Take any chair").select_option(label="New York State: Duty Officer, Division of Homeland Security and Emergency Services")  # fmt: skip
    bar.get_by_role("button", name="Sit down").click()
    expect(page.locator(".hansa-who")).to_contain_text("New York State")
    expect(page.get_by_role("main")).to_contain_text("Only in a demo")
    page.goto("/needs?state=short&form=legal")
    page.get_by_role("main").locator("tbody th a").first.click()
    page.get_by_role("link", name="Pledge toward this").click()
    page.get_by_label("How much can you give?").fill("1")
    page.get_by_role("button", name="Pledge", exact=True).click()
    card = page.get_by_role("article").filter(has_text="New York State")
    expect(card).to_be_visible()

    clock = bar.locator("time").inner_text()
    page.wait_for_timeout(1500)
    page.reload()
    assert bar.locator("time").inner_text() == clock, "a paused story stands still"
    page.get_by_role("button", name="Go on").click()
    expect(bar).not_to_contain_text("Paused.")

    page.goto("/calls")
    page.get_by_role("main").locator("tbody th a").first.click()
    played_and_recorded_differ(page)
    assert re.search(
        r"Jun \d\d:\d\d PDT +\d+/\d+  Los Angeles calls for aid", demo.told.read_text()
    )

    page.get_by_role("button", name="Start again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The demo starts again")
    expect(page.get_by_role("heading", level=1)).to_have_text("The pact today", timeout=60_000)
    expect(page.get_by_role("region", name="Under call")).to_contain_text("No member is under call")
    expect(page.get_by_role("button", name="×1")).to_have_attribute("aria-pressed", "true")


def played_and_recorded_differ(page: Page) -> None:
    """What is played and what is public record are told apart by words, colour and line."""
    played, record = page.locator(".hansa-badge--played").first, page.locator(".hansa-badge--fact").first  # fmt: skip
    expect(played).to_have_text("Played")
    expect(record).to_have_text("Public record")
    one, other = look(played), look(record)
    assert one["color"] != other["color"]
    assert one["border"] != other["border"], "they differ without colour too"
    fact = page.locator(".pact-fact").first
    expect(fact).to_contain_text("Source:")
    expect(fact.locator(".hansa-badge--played")).to_have_count(0)
