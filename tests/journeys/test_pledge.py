"""Aid, from the form to the receipt: two officers in two browsers, each seeing what the other does."""

import csv
import io
import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.journeys.conftest import DUTY, VOICE, Node, Visit, sit

GIVER, NEEDER = "Minneapolis", "Los Angeles"
NEED = "Mobile phones"


def main(page: Page) -> Any:
    return page.get_by_role("main")


def to_need(page: Page, item: str) -> None:
    """Go from the home page to the page of a need, as a person does."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Needs").click()
    page.get_by_role("main").get_by_role("link", name=item, exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(item)


def books(page: Page) -> list[dict[str, str]]:
    """Return the custody books as a member reads them, and check that they say that they balance."""
    page.goto("/custody")
    expect(main(page)).to_contain_text("Proof: the sum over all places is 0")
    expect(main(page)).not_to_contain_text("The books do not balance")
    answer = page.request.get("/custody?format=csv")
    return list(csv.DictReader(io.StringIO(answer.text())))


def on_the_way(page: Page, item: str) -> int:
    rows = [row for row in books(page) if row["What"] == item and row["Place"] == "On the way"]
    return sum(int(row["How much"]) for row in rows)


def test_part_of_a_need_travels_from_the_form_to_the_receipt(node: Node, visit: Visit) -> None:
    giver, needer = visit(node), visit(node)
    sit(giver, GIVER, DUTY)
    sit(needer, NEEDER, DUTY)
    to_need(needer, NEED)
    to_need(giver, NEED)
    expect(main(giver)).to_contain_text("Still open: 60 pieces.")
    giver.get_by_role("link", name="Pledge toward this").click()
    giver.get_by_label("How much can you give?").fill("25")
    expect(main(giver)).to_contain_text("Every officer of every member of the pact")
    giver.get_by_role("button", name="Pledge", exact=True).click()
    expect(main(giver)).to_contain_text("Still open: 35 pieces.")

    # The one in need has the page open since before; nobody reloads it.
    expect(main(needer)).to_contain_text("Still open: 35 pieces.")
    card = needer.get_by_role("article").filter(has_text=GIVER)
    card.get_by_role("link", name="Accept", exact=True).click()
    expect(needer.get_by_label("How much do you accept?")).to_have_value("25")
    needer.get_by_role("button", name="Accept", exact=True).click()

    card = giver.get_by_role("article").filter(has_text=GIVER)
    expect(card).to_contain_text("Accepted: 25 pieces")
    before = on_the_way(visit(node), NEED)
    card.get_by_role("link", name="Send", exact=True).click()
    giver.get_by_label("Who carries it?").fill("City fleet, one van")
    giver.get_by_role("button", name="It is on the way").click()
    expect(giver.get_by_role("table", name="Each line is one movement")).to_contain_text(
        "25 pieces"
    )
    assert on_the_way(visit(node), NEED) == before + 25

    card = needer.get_by_role("article").filter(has_text=GIVER)
    card.get_by_role("link", name="25 pieces").click()
    expect(main(needer)).to_contain_text("City fleet, one van")
    giver.get_by_role("link", name="Mark as delivered").click()
    giver.get_by_role("button", name="It is delivered").click()
    expect(main(needer)).to_contain_text("Delivered, says the sender")
    needer.get_by_role("link", name="Confirm", exact=True).click()
    needer.get_by_role("button", name="Confirm", exact=True).click()
    expect(giver.locator("dl")).to_contain_text("Confirmed25 pieces", use_inner_text=False)
    expect(main(giver)).not_to_contain_text("Not accounted for yet")
    assert on_the_way(visit(node), NEED) == before
    to_need(giver, NEED)
    expect(main(giver)).to_contain_text("Received: 25 pieces")


def test_what_came_short_is_disputed_and_settled(node: Node, visit: Visit) -> None:
    giver, needer = visit(node), visit(node)
    sit(giver, "Washington", DUTY)
    sit(needer, NEEDER, DUTY)
    to_need(needer, NEED)
    needer.get_by_role("link", name="Accept", exact=True).click()
    needer.get_by_role("button", name="Accept", exact=True).click()
    expect(main(needer)).to_contain_text("Accepted: 60 pieces")
    to_need(giver, NEED)
    giver.get_by_role("link", name="Send", exact=True).click()
    giver.get_by_role("button", name="It is on the way").click()
    giver.wait_for_url("**/shipment/*")

    needer.goto(giver.url)
    needer.get_by_role("link", name="Confirm", exact=True).click()
    needer.get_by_label(re.compile("How much")).fill("58")
    needer.get_by_role("button", name="Confirm", exact=True).click()
    expect(main(needer)).to_contain_text("Not accounted for yet")
    needer.get_by_role("link", name="Dispute", exact=True).click()
    needer.get_by_text("Less than was sent", exact=True).click()
    needer.get_by_label("In your words").fill("Two phones were missing; we counted twice.")
    needer.get_by_role("button", name="Dispute it").click()

    expect(main(giver)).to_contain_text("Two phones were missing; we counted twice.")
    giver.get_by_role("link", name="Came back or lost").click()
    giver.get_by_label("How much is lost?").fill("2")
    giver.get_by_role("button", name="Settle it").click()
    expect(main(giver)).to_contain_text("Lost2 pieces", use_inner_text=False)
    expect(main(needer)).not_to_contain_text("Not accounted for yet")
    assert on_the_way(visit(node), NEED) == 0


def test_a_no_carries_its_reason_and_late_is_shown_as_late(node: Node, visit: Visit) -> None:
    chicago, boston = visit(node), visit(node)
    sit(chicago, "Chicago", DUTY)
    asked = chicago.get_by_role("region", name="Asked of us")
    asked.get_by_role("link", name=re.compile("Decline ?: Supplies and people")).click()
    reason = "Our own stores are committed to a large event this weekend."
    chicago.get_by_role("button", name="Sign the answer: we cannot help").click()
    expect(chicago.locator("#form-errors")).to_contain_text("Why can you not help?")
    chicago.get_by_label("Why can you not help?").fill(reason)
    chicago.get_by_role("button", name="Sign the answer: we cannot help").click()
    row = chicago.get_by_role("table", name="Who owes").locator("tbody tr", has_text="Chicago")
    expect(row).to_contain_text(reason)
    expect(row.locator("td", has_text=reason)).to_contain_text("On time")

    node.go_to("2025-06-08T09:00-07:00")
    sit(boston, "Boston", VOICE)
    due = boston.get_by_role("region", name="Asked of us").get_by_role("listitem")
    late = due.filter(has_text="Public voice")
    expect(late).to_contain_text("Overdue")
    expect(late).to_contain_text(re.compile(r"Was due\s+30 min ago"))
    late.get_by_role("link", name=re.compile("Decline")).click()
    boston.get_by_label("Why can you not help?").fill("The draft says more than its source.")
    boston.get_by_role("button", name="Sign the answer: we cannot help").click()
    row = boston.get_by_role("table", name="Who owes").locator("tbody tr", has_text="Boston")
    cell = row.locator("td", has_text="The draft says more")
    expect(cell).to_contain_text("Late")
    expect(cell).not_to_contain_text("On time")
    boston.goto("/ledger?standing=late")
    expect(main(boston).locator("tbody tr")).to_contain_text(["Boston"])
