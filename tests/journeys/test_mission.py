"""A mission, from the request by phone to the settled bill: four officers of two members, and a gate that is shut on the way."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.conftest import CHIEF, DUTY, Node, Visit, sit
from tests.journeys.test_pledge import main

NEEDER, GIVER = "Los Angeles", "Oregon"


def press(page: Page, step: str, button: str) -> None:
    """Follow a step of the mission's page to its form, and say it."""
    page.get_by_role("link", name=step, exact=True).click()
    page.get_by_role("button", name=button, exact=True).click()


def ask_by_phone(page: Page) -> str:
    """Say what was asked on the phone, confirm it in writing, and return the address of the request."""
    page.get_by_role("link", name=re.compile("The National Guard")).first.click()
    page.get_by_role("link", name="State a need").first.click()
    page.get_by_role("link", name=re.compile("Ask in full")).click()
    page.get_by_label("What is needed?").select_option("nurse")
    page.get_by_label("How many?").fill("2")
    page.get_by_text(re.compile("^Today")).click()
    page.get_by_label("By when?").fill("2025-06-09T12:00")
    page.get_by_text("By phone", exact=True).click()
    page.get_by_label("Which office took the call?").fill("Duty Officer, Oregon")
    page.get_by_role("button", name="State this need").click()
    expect(main(page)).to_contain_text("It must be confirmed in writing by")
    asked = page.url
    press(page, "Confirm it in writing", "Confirm it in writing")
    expect(main(page)).to_contain_text("Requested by phone, confirmed in writing")
    return asked


def offer(page: Page) -> None:
    """Offer what was pledged, insured, and forget to say which licences they hold."""
    page.get_by_label("From when are they free?").fill("2025-06-08T08:00")
    page.get_by_label("Until when?").fill("2025-06-20T18:00")
    page.get_by_text("They and their things are insured by you").click()
    page.get_by_role("button", name="Offer", exact=True).click()


def sign(page: Page) -> None:
    page.get_by_role("link", name="Sign this offer", exact=True).click()
    page.get_by_text("The licences named in the offer count here").click()
    page.get_by_role("button", name="Sign for our member").click()


def test_nurses_go_from_a_phone_call_to_the_settled_bill_past_a_gate_that_was_shut(
    node: Node, visit: Visit
) -> None:
    needer, giver = visit(node), visit(node)
    sit(needer, NEEDER, DUTY)
    asked = ask_by_phone(needer)
    sit(giver, GIVER, DUTY)
    giver.goto(asked)
    giver.get_by_role("link", name="Pledge toward this").click()
    giver.get_by_label("How much can you give?").fill("2")
    giver.get_by_role("button", name="Pledge", exact=True).click()
    card = giver.get_by_role("article").filter(has_text=GIVER)
    expect(card.get_by_role("link", name="Send", exact=True)).to_have_count(0)
    card.get_by_role("link", name="Offer on a mission").click()
    offer(giver)
    mission = giver.url

    # Both sign; nobody has said which licences they hold, and the gate says so and what opens it.
    signer, chief = sit(visit(node), NEEDER, CHIEF), sit(visit(node), GIVER, CHIEF)
    signer.goto(mission)
    sign(signer)
    chief.goto(mission)
    expect(main(chief)).to_contain_text("What opens it: Name the licences of those who go")
    press(chief, "Countersign", "Countersign for our member")
    expect(main(chief)).to_contain_text("A gate is shut: licences count where they will work")
    giver.get_by_role("link", name="Change the offer").click()
    licences = giver.get_by_label("Which licences and credentials do they hold?")
    licences.fill("Registered nurse, Oregon")
    giver.get_by_role("button", name="Offer this version").click()
    signer.goto(mission)
    expect(main(signer)).to_contain_text("Licences and credentials: – → Registered nurse, Oregon")
    sign(signer)
    chief.goto(mission)
    press(chief, "Countersign", "Countersign for our member")
    press(chief, "Give the order", "Sign the order")
    expect(main(chief)).to_contain_text("All gates are open.")

    # Out, at work and home again, each side in its own words, while the other's page follows.
    giver.goto(mission)
    needer.goto(mission)
    for page, step, phase in (
        (giver, "They are leaving", "Under way"),
        (giver, "They have arrived", "Arrived"),
        (needer, "They are checked in", "Checked in"),
        (needer, "They are at work", "At work"),
        (needer, "Release them", "Released to go home"),
        (giver, "They are home", "Home again"),
        (giver, "All is settled", "Settled"),
    ):
        press(page, step, "Save")
        reader = needer if page is giver else giver
        expect(main(reader).locator("#mission-now > p").first).to_contain_text(phase)
    needer.goto(asked)
    expect(main(needer)).to_contain_text("Received: 2 people")
