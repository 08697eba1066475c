"""Stating a need from a phone: from the home page to who could help, in a few touches."""

import re

from playwright.sync_api import expect

from tests.journeys.conftest import DUTY, PHONE, Node, Visit, sit


def test_a_need_is_stated_from_a_phone_and_shows_who_could_help(node: Node, visit: Visit) -> None:
    page = sit(visit(node, viewport=PHONE), "Los Angeles", DUTY)
    page.get_by_role("main").get_by_role("link", name="State a need").first.click()
    menu = page.get_by_label("What is needed?")
    whole = menu.locator("option").count()
    search = page.get_by_label("Search this list").first

    # All the words, in any order, without minding accents or case; the one thing left is chosen.
    search.fill("PORTABLE gener")
    expect(menu).to_have_value("generator-portable")
    search.fill("generátors")
    assert 1 < menu.locator("option").count() < whole
    expect(menu).to_have_value("generator-portable")
    search.fill("no such thing")
    expect(menu).to_have_value("")
    search.fill("")
    assert menu.locator("option").count() == whole
    search.fill("generator-portable")
    expect(menu).to_have_value("generator-portable")
    search.press("Enter")
    expect(page).to_have_url(re.compile("/need$"))

    page.get_by_label(re.compile("^How many|^How much")).fill("40")
    page.locator("label[for=id_urgency_1]").click()
    page.get_by_label(re.compile("^By when")).fill("2025-06-09T18:00")
    page.get_by_role("button", name="State this need").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Generators, portable, up to 10 kW")
    expect(page.get_by_role("heading", name="Who could help")).to_be_visible()
