"""A plan over three calls at once: made, read, taken, changed and declined by officers, until it no longer holds."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DUTY, HERE, PHONE, ROOT, Node, Visit, python, serve, sit

CITIES = ROOT / "scenarios" / "three-cities.yaml"
EVENING = "2031-09-10T18:45-05:00"
"""Three cities call; of what they need little is promised."""


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Node]:
    home = tmp_path / "home"
    played = python(HERE / "played.py", CITIES, f"{EVENING}={home}", stderr=subprocess.PIPE)
    _out, errors = played.communicate(timeout=120)
    assert played.returncode == 0, errors
    yield from serve(home, EVENING)


def main(page: Page) -> str:
    return " ".join(page.get_by_role("main").inner_text().split())


def pledge(page: Page, quantity: str = "") -> None:
    if quantity:
        page.get_by_label("How much can you give?").fill(quantity)
    page.get_by_role("button", name="Pledge", exact=True).click()
    page.wait_for_url("**/proposal")


def test_a_plan_is_made_read_taken_changed_declined_and_grows_stale(
    three: Node, visit: Visit
) -> None:
    page = sit(visit(three), "Stonebridge", DUTY)

    # Somebody says who may call next, and on what that rests.
    page.get_by_role("link", name="Duty room").first.click()
    page.get_by_role("link", name="Say who may call next").click()
    page.locator("label", has_text="State of Westland").click()
    page.get_by_label("What does it rest on?").fill("Convoy announced, 10 September.")
    page.get_by_label("Until when does it hold?").fill("2031-09-14T18:00")
    page.get_by_role("button", name="Tell the pact").click()
    page.wait_for_url("**/duty-room#next-title")
    assert "nobody says how likely; assumed 100 %" in main(page)

    # The price of each manner stands there before anything is made; the officer decides.
    page.get_by_role("link", name="Plan", exact=True).click()
    offered = main(page)
    assert "If the call that gets least were raised" in offered
    assert "of a call from State of Westland, and waiting now costs" in offered
    page.get_by_role("button", name="Plan and publish").click()
    page.wait_for_url("**/plan/xx-stonebridge@*")
    plan = main(page)
    for words in (
        "its prices prove it",
        "if the most urgent were served first, from the nearest",
        "The trucks of Oakfield are full",
        "It holds nothing back for who may call next: State of Westland (100 %).",
        "Ask Stonebridge for more of N95 respirators",
    ):
        assert words in plan, words
    page.get_by_role("link", name="Why N95 respirators, 10,000 pieces").click()
    assert "because it is there first" in main(page)

    # What is asked of one member: one line taken, one changed, one declined; on a phone.
    page.set_viewport_size(PHONE)
    page.goto("/proposal")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert "your reserve: 10,000 are free" in main(page)
    page.get_by_role("link", name=re.compile("Take ?: N95 respirators")).click()
    pledge(page)
    page.get_by_role("link", name=re.compile("Change ?: Generators, 5 pieces")).click()
    pledge(page, "3")
    page.get_by_role("link", name=re.compile("Decline ?: Generators, 1 piece")).click()
    page.get_by_label("Why?").fill("We need it at our own pumping station.")
    page.get_by_role("button", name="Decline", exact=True).click()
    page.wait_for_url("**/proposal")
    standing = main(page)
    assert "Pledged" in standing
    assert "Partly pledged" in standing
    assert "Declined" in standing

    # What was not done as proposed ages the plan, and says so where everybody looks.
    page.goto("/duty-room")
    told = "Since then: 1 pledge has changed, 1 member’s offer has changed. Plan again."
    expect(page.get_by_role("main")).to_contain_text(told)
