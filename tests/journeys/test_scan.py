"""A label is scanned in a yard without a network, by a phone that is wrong about the time; it is said once, later."""

import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import segno
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from tests.journeys.conftest import DUTY, PATIENCE, PHONE, RICH, Node, Watch, serve, sit

GIVER, NEEDER, SENT = "Oregon", "Los Angeles", "Eye wash, 120 litres"
"""What is on its way at RICH."""


@pytest.fixture
def later(story: dict[str, Path], tmp_path: Path) -> Iterator[Node]:
    """A copy of the home at RICH, for a test that writes."""
    shutil.copytree(story[RICH], tmp_path / "home")
    yield from serve(tmp_path / "home", RICH)


@pytest.fixture
def phone(browser: Browser, later: Node) -> Iterator[BrowserContext]:
    """A phone that may lose its network, watched for all else."""
    context = browser.new_context(base_url=later.address, viewport=PHONE, locale="en-US")
    context.set_default_timeout(PATIENCE)
    watch = Watch(urlsplit(later.address).netloc)
    watch.over(context)
    yield context
    context.close()
    wrong = [line for line in watch.wrong if "ERR_INTERNET_DISCONNECTED" not in line]
    assert not wrong, "\n".join(wrong)


def packed(page: Page, shipment: str) -> str:
    """Let the sender pack what it sent, and return the short code of the labels."""
    sit(page, GIVER, DUTY)
    page.goto(f"/shipment/{shipment}")
    page.get_by_role("link", name="Pack it").click()
    row = page.get_by_role("group", name="What is in each parcel?")
    row.locator("[name=parcels-0-count]").fill("2")
    row.locator("[name=parcels-0-each]").fill("60")
    row.locator("[name=parcels-0-lot]").fill("EW-9")
    page.get_by_role("button", name="It is packed so").click()
    expect(page.locator("#track")).to_contain_text("EW-9")
    return page.locator("#track .track-code").inner_text()


def scan(page: Page, code: str) -> None:
    page.get_by_label("Code on the label").fill(code)
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_label("Code on the label")).to_have_value("")


def label(shipment: str, parcel: int) -> bytes:
    """The square code of a label, as a picture of it."""
    picture = io.BytesIO()
    address = f"https://another.example/scan/{shipment}/{parcel}"
    segno.make(address, error="m").save(picture, kind="png", scale=6, border=4)
    return picture.getvalue()


OTHERS = """async () => scanQueue.put({
    once: "other", by: "us-ca@1", office: "Another office", text: "AAAA-AAAA", what: "took", told: "", at: 0, state: "waiting", sentence: "",
})"""


def test_what_is_scanned_without_a_network_is_said_once_when_it_returns(
    later: Node, phone: BrowserContext, browser: Browser
) -> None:
    desk = browser.new_context(base_url=later.address).new_page()
    page = phone.new_page()
    sit(page, NEEDER, DUTY)
    link = page.get_by_role("main").get_by_role("link", name=SENT, exact=True).get_attribute("href")
    shipment = str(link).removeprefix("/shipment/")
    code = packed(desk, shipment)
    page.goto("/scan")
    expect(page.get_by_text("it opens without a network, too")).to_be_visible()

    phone.set_offline(True)
    page.goto(f"/scan/{shipment}/1")  # the phone's own camera opened it; its worker answers
    expect(page.get_by_label("Code on the label")).to_have_value(f"{shipment}/1")
    scan(page, f"{code}-1")
    picture: FilePayload = {
        "name": "label.png",
        "mimeType": "image/png",
        "buffer": label(shipment, 1),
    }
    page.get_by_label("Or take a picture of the code").set_input_files(picture)
    expect(page.get_by_label("Code on the label")).to_have_value(re.compile(f"{shipment}/1$"))
    expect(page.locator("#scan-is")).to_contain_text(
        "This is: Eye wash, 120 litres. Parcel 1 of 2."
    )
    page.get_by_role("button", name="Record it").click()
    items = page.locator("#scan-items li")
    expect(items).to_have_count(2)
    expect(page.locator("#scan-count")).to_have_text("2 scans wait on this phone.")
    page.reload()
    expect(items).to_have_count(2)
    page.evaluate(OTHERS)

    phone.set_offline(False)
    expect(page.locator("#scan-items li[data-state=booked]")).to_have_count(1)
    again = page.locator("#scan-items li[data-state=again]")
    expect(again).to_contain_text("Nothing was booked again.")
    other = page.locator("#scan-items li[data-state=waiting]")
    expect(other).to_contain_text("Scanned as Another office. Act in that office again")
    # The sender's desk has had the page open since before; nobody reloads it.
    expect(desk.locator("#track li").filter(has_text="parcel 1, arrived")).to_have_count(1)
    expect(desk.locator("#shipment-now dl")).to_contain_text(
        "Confirmed60 litres", use_inner_text=False
    )

    scan(page, "AAAA-AAAA")
    refused = page.locator("#scan-items li[data-state=refused]")
    expect(refused).to_contain_text("No shipment here has the code")
    refused.get_by_role("button", name="Take off this list").click()
    expect(refused).to_have_count(0)
    desk.context.close()
