"""From “we are under deployment” to a signed call, on a phone."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.journeys.conftest import CHIEF, DUTY, PHONE, Node, Visit, sit


def test_a_call_with_a_new_fact_and_a_file_takes_three_screens(
    node: Node, visit: Visit, tmp_path: Path
) -> None:
    page = visit(node, viewport=PHONE)
    sit(page, "Chicago", "Deputy City Clerk")
    page.goto("/officers")
    page.get_by_role("link", name=re.compile(f"Change ?: {CHIEF}")).click()
    page.get_by_text("Records public facts", exact=True).click()
    page.get_by_role("button", name="Sign the change").click()
    page.wait_for_url("**/officers")

    sit(page, "Chicago", CHIEF)
    screens = []
    page.on("framenavigated", lambda frame: screens.append(frame.url))
    page.get_by_role("link", name="Call for aid").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Call for aid: what happened")
    page.get_by_label("Where?").fill("The Loop, Chicago")
    page.get_by_label("What is happening, in one sentence?").fill(
        "We are under deployment: troops stand on State Street without our consent."
    )
    page.get_by_text("Deployment").first.click()
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Call for aid: facts and help")
    photo = tmp_path / "state-street.txt"
    photo.write_text("A photograph, as words: four trucks on State Street.")
    page.get_by_label("A new fact: what happened?").fill("Four army trucks stand on State Street.")
    page.get_by_label("Title").first.fill("Four trucks on State Street")
    page.get_by_label("Who published it").first.fill("City of Chicago")
    page.get_by_label("Date of publication").first.fill("2025-06-08")
    page.get_by_label("Attachments").set_input_files(photo)
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Call for aid: read and sign")
    for words in ("The Loop, Chicago", "Four army trucks", "City of Chicago", "state-street.txt"):
        expect(page.locator("article")).to_contain_text(words)
    page.get_by_role("button", name="Sign the call for Chicago").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Chicago: We are under deployment")
    asked = [one for one in dict.fromkeys(screens) if "/call/new" in one]
    assert len(asked) <= 3, asked
    assert not any("/facts/new" in one or "/login" in one for one in screens), screens

    facts = page.locator("section").filter(has=page.get_by_role("heading", name="What is known"))
    expect(facts).to_contain_text("Four army trucks stand on State Street.")
    expect(facts).to_contain_text("Public record")
    expect(facts).to_contain_text("City of Chicago, “Four trucks on State Street”")
    duties = page.get_by_role("table", name="Who owes an answer")
    owing = duties.locator("tbody tr")
    expect(owing).to_have_count(14)
    first = owing.first.inner_text()
    assert first.count("Owed") == 4, first
    expect(owing.first.locator("time")).to_have_count(4)
    page.goto(page.locator("a[href^='/fact/']").first.get_attribute("href") or "")
    with page.expect_download() as got:
        page.get_by_role("link", name="state-street.txt").click()
    assert got.value.path().read_bytes() == photo.read_bytes()


def test_what_is_missing_is_asked_for_and_nothing_typed_is_lost(node: Node, visit: Visit) -> None:
    page = visit(node, viewport=PHONE)
    sit(page, "Seattle", CHIEF)
    page.goto("/call/new?anew=1")
    page.get_by_label("Where?").fill("Seattle")
    page.get_by_role("button", name="Go on").click()
    errors = page.locator("#form-errors")
    expect(errors).to_be_focused()
    expect(errors).to_contain_text("What is happening, in one sentence?")
    expect(page.get_by_label("Where?")).to_have_value("Seattle")
    errors.get_by_role("link", name="What is happening").click()
    expect(page.get_by_label("What is happening, in one sentence?")).to_be_focused()


def test_a_duty_officer_is_told_who_may_call(node: Node, visit: Visit) -> None:
    page = visit(node)
    sit(page, "Seattle", DUTY)
    expect(page.get_by_role("link", name="Call for aid")).to_have_count(0)
    page.goto("/call/new")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Your office may not do this.")
    expect(page.get_by_role("main")).to_contain_text("Seattle")
